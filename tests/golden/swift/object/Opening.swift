#if canImport(CoreML)
  import CoreML
#endif
import Foundation

/// A model that is ready to run.
struct Opening: Sendable {
  let engine: any TensorEngine
  let backend: Object.Backend
}

/// What the initializers of ``Object`` take beside the model.
struct OpeningOptions: Sendable {
  let backend: Object.Backend
  let threads: Int
  let verifyWeights: Bool

  /// Opens the model in the package's bundle.
  func openBundled() async throws -> Opening {
    switch try backend.resolved() {
    case .automatic:
      throw ObjectError.incompatible("no engine for this system")
    #if canImport(CoreML)
      case .coreML(let computeUnits):
        // Whoever lets Xcode process the resource instead of copying it finds it compiled.
        let compiled = try? Resources.url("Object.mlmodelc")
        let url = try compiled ?? Resources.url("Object.mlpackage")
        return try await open(coreML: url, computeUnits: computeUnits)
    #endif
    case .neon:
      return try open(ModelMemory(contentsOf: Resources.url("object.pte")))
    }
  }

  /// Opens a file of the app: its extension says for which engine it is.
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
      throw ObjectError.invalidInput("\(url.lastPathComponent) is no model for \(backend)")
    }
  }

  /// Opens a model for the C kernels.
  func open(_ memory: ModelMemory) throws -> Opening {
    let model = try NativeModel(memory, threads: threads, fingerprint: Network.fingerprint)
    if verifyWeights { try model.verify() }
    let engine = try NativeEngine(model)
    return Opening(engine: engine, backend: .neon)
  }

  #if canImport(CoreML)
    private func open(coreML url: URL, computeUnits: MLComputeUnits) async throws -> Opening {
      let engine: CoreMLEngine
      do {
        engine = try await CoreMLEngine(compiledModelAt: CoreMLFiles.compiled(url), computeUnits: computeUnits)
      } catch ObjectError.invalidModel where url.pathExtension == "mlpackage" {
        // What was kept of an earlier use may be damaged, or made by another version of the system.
        try CoreMLFiles.forget(url)
        engine = try await CoreMLEngine(compiledModelAt: CoreMLFiles.compiled(url), computeUnits: computeUnits)
      }
      return Opening(engine: engine, backend: .coreML(computeUnits: computeUnits))
    }
  #endif
}
