// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreML)
  import CoreML
  import Foundation

  /// Runs the network with Core ML. An actor, because an `MLModel` is used by one task at a time.
  actor CoreMLEngine {
    private let model: MLModel

    /// Loads a compiled model away from the main thread; this takes a while.
    ///
    /// - Parameter url: The URL of a `.mlmodelc`, which must have been built for this SDK.
    init(compiledModelAt url: URL, computeUnits: MLComputeUnits) throws {
      let configuration = MLModelConfiguration()
      configuration.computeUnits = computeUnits
      do {
        model = try MLModel(contentsOf: url, configuration: configuration)
      } catch {
        throw TheSDKError.invalidModel("Core ML cannot load \(url.lastPathComponent): \(error)")
      }
      let description = model.modelDescription
      let own = description.metadata[.creatorDefinedKey] as? [String: String]
      let expected = CoreMLEngine.text(of: Network.fingerprint)
      guard let actual = own?["sdkgen.fingerprint"], actual == expected else {
        throw TheSDKError.incompatible("the Core ML model was not built for this version of the package")
      }
      let inputs = description.inputDescriptionsByName
      let outputs = description.outputDescriptionsByName
      guard
        Network.coreMLInputs.allSatisfy({ inputs[$0] != nil }),
        Network.coreMLOutputs.allSatisfy({ outputs[$0] != nil })
      else {
        throw TheSDKError.invalidModel(
          "the Core ML model maps \(inputs.keys.sorted()) to \(outputs.keys.sorted()) "
            + "instead of \(Network.coreMLInputs) to \(Network.coreMLOutputs)")
      }
    }

    /// The fingerprint in the metadata of the model.
    private static func text(of fingerprint: UInt64) -> String {
      let digits = String(fingerprint, radix: 16)
      return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Runs on one value per input. The outputs are contiguous float32, whatever data type Core ML uses.
    func predict(_ values: [MLFeatureValue]) throws -> [EngineOutput] {
      try Task.checkCancellation()
      do {
        let named = Dictionary(uniqueKeysWithValues: zip(Network.coreMLInputs, values))
        let result = try model.prediction(from: MLDictionaryFeatureProvider(dictionary: named))
        return try Network.coreMLOutputs.map { name in
          guard let array = result.featureValue(for: name)?.multiArrayValue else {
            throw TheSDKError.predictionFailed("Core ML returned no tensor \(name)")
          }
          // Core ML may leave gaps between rows and compute in Float16; this makes it contiguous float32.
          let tensor = MLShapedArray<Float>(converting: array)
          return (tensor.shape, tensor.scalars)
        }
      } catch let error as TheSDKError {
        throw error
      } catch {
        throw TheSDKError.predictionFailed("Core ML: \(error.localizedDescription)")
      }
    }
  }
#endif
