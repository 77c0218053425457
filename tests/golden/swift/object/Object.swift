import Foundation

/// He said "\*/ $x" /\* and \[link\] — 図形, twice.
///
/// @throws Nothing that matters: \\u0041, ${1 + 1}, \`code\` and \<b\>bold\</b\>.
///
/// ```swift
/// let object = try await Object()
/// ```
///
/// An object holds the model and its working memory: make one, keep it, and let go of it to free them. It may be used
/// from any task; calls on one object run one after the other, calls on different objects at the same time, and none
/// runs on the main thread. A cancelled task throws `CancellationError` before its run starts; a run that has started
/// is finished.
///
/// Every other error is a ``ObjectError``. It does not stand in the signatures, because typed `throws` needs
/// Swift 6 and this package builds from Swift 5.9.
///
/// Version 1.2.0.
public final class Object: Sendable {
  /// The inputs in the order of the parameters.
  public static let inputs = zip(Network.inputNames, Network.inputShapes).map {
    TensorInfo(name: $0, shape: $1)
  }

  /// The engine that runs the network; never ``Backend/automatic``.
  public let backend: Backend

  private let engine: any TensorEngine

  /// Opens the model that the package brings along.
  ///
  /// - Parameters:
  ///   - backend: what runs the network; see ``Backend`` for how to choose.
  ///   - threads: of one run with ``Backend/neon``, or 0 for the number of fast cores, at most 4. The result does not
  ///     depend on it.
  ///   - verifyWeights: whether to compare the weights with their checksum when opening for ``Backend/neon``, which reads
  ///     the whole model once. Its structure is always checked.
  /// - Throws: ``ObjectError``.
  public convenience init(
    backend: Backend = .automatic,
    threads: Int = 0,
    verifyWeights: Bool = false
  ) async throws {
    let options = OpeningOptions(backend: backend, threads: threads, verifyWeights: verifyWeights)
    self.init(try await options.openBundled())
  }

  /// Opens a model file of the app, for example one that was downloaded; it must not change while it is in use.
  ///
  /// - Parameters:
  ///   - url: of a `.pte`, which ``Backend/neon`` runs, or of a `.mlmodelc` or `.mlpackage` for Core ML.
  ///   - backend: must fit the file; ``Backend/automatic`` always does.
  ///   - threads: as in ``init(backend:threads:verifyWeights:)``.
  ///   - verifyWeights: as in ``init(backend:threads:verifyWeights:)``.
  /// - Throws: ``ObjectError``.
  public convenience init(
    contentsOf url: URL,
    backend: Backend = .automatic,
    threads: Int = 0,
    verifyWeights: Bool = false
  ) async throws {
    let options = OpeningOptions(backend: backend, threads: threads, verifyWeights: verifyWeights)
    self.init(try await options.open(url))
  }

  /// Opens a `.pte` in memory for ``Backend/neon``, for example one that the app decrypted. It is copied.
  ///
  /// - Parameters:
  ///   - data: the whole file.
  ///   - threads: as in ``init(backend:threads:verifyWeights:)``.
  ///   - verifyWeights: as in ``init(backend:threads:verifyWeights:)``.
  /// - Throws: ``ObjectError``.
  public convenience init(data: Data, threads: Int = 0, verifyWeights: Bool = false) async throws {
    let options = OpeningOptions(backend: .neon, threads: threads, verifyWeights: verifyWeights)
    self.init(try options.open(ModelMemory(copying: data)))
  }

  private init(_ opening: Opening) {
    engine = opening.engine
    backend = opening.backend
  }

  /// Runs the network.
  ///
  /// - Parameters:
  ///   - fun: `fun`, shape (1, 3), the last dimension varying fastest.
  ///   - inClass: `in_class`, shape (1, 2, 4, 5), the last dimension varying fastest.
  ///   - class: `class`, shape (1, 7), the last dimension varying fastest.
  ///   - session: `session`, shape (1, 1), the last dimension varying fastest.
  /// - Throws: ``ObjectError``, or `CancellationError`.
  public func run(
    fun: [Float],
    inClass: [Float],
    `class`: [Float],
    session: [Float]
  ) async throws -> Outputs {
    let tensors = [
      fun,
      inClass,
      `class`,
      session,
    ]
    try TensorInfo.check(tensors, against: Self.inputs)
    return try Outputs(await self.engine.run(tensors))
  }
}

extension Object {
  /// What the network computed.
  public struct Outputs: Sendable, Hashable {
    /// `class`.
    public let `class`: Tensor

    /// `val`.
    public let val: Tensor

    /// `größe`.
    public let größe: Tensor

    /// `2d$scores`.
    public let output2dScores: Tensor

    init(_ tensors: [EngineOutput]) throws {
      guard tensors.count == 4 else {
        throw ObjectError.invalidModel("the network gave \(tensors.count) outputs, not 4")
      }
      `class` = Tensor(tensors[0])
      val = Tensor(tensors[1])
      größe = Tensor(tensors[2])
      output2dScores = Tensor(tensors[3])
    }
  }
}
