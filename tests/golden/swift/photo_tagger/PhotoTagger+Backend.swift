// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreML)
  import CoreML
#endif

extension PhotoTagger {
  /// The engine that runs the network.
  ///
  /// Both engines get the same pixels: the same C code resizes the image.
  ///
  /// | | Core ML | NEON |
  /// |---|---|---|
  /// | runs on | Neural Engine, GPU or CPU, as the system decides | CPU |
  /// | best for | speed and battery life, especially with camera frames | reproducible results |
  /// | results | vary slightly with device and system version | the same bytes on every device |
  /// | first use | compiles the model, about a second | maps the file, about a millisecond |
  /// | in the background | GPU work fails; use `.cpuAndNeuralEngine` | no restriction |
  ///
  /// ``automatic`` selects Core ML, because most apps benefit more from the speed and energy efficiency of the Neural
  /// Engine than from reproducible results. Use ``neon`` where results are compared, stored or tested.
  public enum Backend: Sendable, Hashable {
    /// Core ML with all compute units, or ``neon`` on systems without Core ML. If the engine fails, the error is thrown;
    /// the other engine isn't used instead.
    case automatic

    #if canImport(CoreML)
      /// Core ML, on the given compute units.
      case coreML(computeUnits: MLComputeUnits = .all)
    #endif

    /// The C kernels of the package, on the CPU. The model file and the bytes of the results are the same as on Android.
    /// Intel Macs and their simulators use AVX2 or plain C kernels.
    case neon

    /// Returns the engine that ``automatic`` selects on this system, or `self`.
    func resolved() throws -> Backend {
      guard self == .automatic else { return self }
      #if canImport(CoreML)
        return .coreML(computeUnits: .all)
      #else
        return .neon
      #endif
    }
  }
}
