#if canImport(CoreML)
  import CoreML
#endif

extension PhotoTagger {
  /// What runs the network.
  ///
  /// Both engines see the same pixels: the picture is resized by the same C code.
  ///
  /// | | Core ML | NEON |
  /// |---|---|---|
  /// | runs on | Neural Engine, GPU or CPU, as the system decides | CPU |
  /// | good for | speed and battery, most of all frame after frame | results that are the same everywhere |
  /// | results | vary a little with device and system version | the same bytes on every device |
  /// | first use | compiles the model, about a second | maps the file, about a millisecond |
  /// | in the background | GPU work is refused, so ask for `.cpuAndNeuralEngine` | no restriction |
  ///
  /// ``automatic`` is Core ML because an app that tags photographs or camera frames gains more from the Neural Engine,
  /// in speed and battery, than from equal bytes. Take ``neon`` where results are compared, stored or tested.
  public enum Backend: Sendable, Hashable {
    /// Core ML with all compute units; ``neon`` on systems without Core ML. An engine that fails is not replaced by the
    /// other without a word: the error is thrown, and the app decides.
    case automatic

    #if canImport(CoreML)
      /// Apple's engine, on the compute units that are allowed here.
      case coreML(computeUnits: MLComputeUnits = .all)
    #endif

    /// The C kernels of the package, on the CPU: the same model file and the same bytes as on Android. On Intel Macs and
    /// their simulators the same engine runs its AVX2 or plain C kernels.
    case neon

    /// The engine that ``automatic`` stands for on this system; any other is itself.
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
