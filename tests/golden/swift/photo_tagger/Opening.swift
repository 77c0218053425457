// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreML)
  import CoreML
#endif
import Foundation

/// A model that is ready to run.
struct Opening: Sendable {
  let engine: any ImageEngine
  let backend: PhotoTagger.Backend
  let labels: [String]
}

/// The options of the initializers of ``PhotoTagger``.
struct OpeningOptions: Sendable {
  let backend: PhotoTagger.Backend
  let threads: Int
  let verifyWeights: Bool

  /// Opens the model in the package's bundle.
  func openBundled() async throws -> Opening {
    switch try backend.resolved() {
    case .automatic:
      throw PhotoTaggerError.incompatible("no engine for this system")
    #if canImport(CoreML)
      case .coreML(let computeUnits):
        // The model is compiled already if Xcode processed the resource instead of copying it.
        let compiled = try? Resources.url("PhotoTagger.mlmodelc")
        let url = try compiled ?? Resources.url("PhotoTagger.mlpackage")
        return try await open(coreML: url, computeUnits: computeUnits)
    #endif
    case .neon:
      return try open(ModelMemory(contentsOf: Resources.url("photo_tagger.pte")))
    }
  }

  /// Opens a file. Its extension selects the engine.
  func open(_ url: URL) async throws -> Opening {
    switch (url.pathExtension, backend) {
    case ("pte", .automatic), ("pte", .neon):
      return try open(ModelMemory(contentsOf: url))
    #if canImport(CoreML)
      case ("mlmodelc", .automatic), ("mlpackage", .automatic):
        return try await open(coreML: url, computeUnits: .all)
      case ("mlmodelc", .coreML(let computeUnits)), ("mlpackage", .coreML(let computeUnits)):
        return try await open(coreML: url, computeUnits: computeUnits)
    #endif
    default:
      throw PhotoTaggerError.invalidInput("\(url.lastPathComponent) is no model for \(backend)")
    }
  }

  /// Opens a model for the C kernels.
  func open(_ memory: ModelMemory) throws -> Opening {
    let model = try NativeModel(memory, threads: threads, fingerprint: Network.fingerprint)
    if verifyWeights { try model.verify() }
    let engine = try NativeEngine(model)
    return try checked(Opening(engine: engine, backend: .neon, labels: model.labels()))
  }

  #if canImport(CoreML)
    private func open(coreML url: URL, computeUnits: MLComputeUnits) async throws -> Opening {
      let engine: CoreMLEngine
      do {
        engine = try await CoreMLEngine(compiledModelAt: CoreMLFiles.compiled(url), computeUnits: computeUnits)
      } catch PhotoTaggerError.invalidModel where url.pathExtension == "mlpackage" {
        // The cached model may be damaged, or compiled by another version of the system.
        try CoreMLFiles.forget(url)
        engine = try await CoreMLEngine(compiledModelAt: CoreMLFiles.compiled(url), computeUnits: computeUnits)
      }
      let labels = try Labels.read(Resources.url("labels.json"))
      return try checked(
        Opening(engine: engine, backend: .coreML(computeUnits: computeUnits), labels: labels))
    }
  #endif

  private func checked(_ opening: Opening) throws -> Opening {
    guard opening.labels.count == 20 else {
      throw PhotoTaggerError.invalidModel("\(opening.labels.count) labels for 20 classes")
    }
    return opening
  }
}
