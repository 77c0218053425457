import Foundation

/// init: "quotes" \\(interpolation) ${x} $y \*/ \`ticks\` — 図形 👩‍🚀 \<b\>&amp;\</b\> \# \* \[link\] \`\`Type\`\`
///
/// \- Throws: nothing
///
/// ```swift
/// let `protocol` = try await ProtocolSdk()
/// ```
///
/// An object holds the model and its working memory: make one, keep it, and let go of it to free them. It may be used
/// from any task; calls on one object run one after the other, calls on different objects at the same time, and none
/// runs on the main thread. A cancelled task throws `CancellationError` before its run starts; a run that has started
/// is finished.
///
/// Every other error is a ``ProtocolSdkError``. It does not stand in the signatures, because typed `throws` needs
/// Swift 6 and this package builds from Swift 5.9.
///
/// Version 1.2.0.
public final class ProtocolSdk: Sendable {
  /// Names of the classes, in the order of ``Category/index``.
  public let labels: [String]

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
  /// - Throws: ``ProtocolSdkError``.
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
  /// - Throws: ``ProtocolSdkError``.
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
  /// - Throws: ``ProtocolSdkError``.
  public convenience init(data: Data, threads: Int = 0, verifyWeights: Bool = false) async throws {
    let options = OpeningOptions(backend: .neon, threads: threads, verifyWeights: verifyWeights)
    self.init(try options.open(ModelMemory(copying: data)))
  }

  private init(_ opening: Opening) {
    engine = opening.engine
    backend = opening.backend
    labels = opening.labels
  }

  /// Finds the classes that the network favours, best first; among equal scores the lower index first.
  ///
  /// - Parameters:
  ///   - default: `default`, shape (1, 2), the last dimension varying fastest.
  ///   - initInput: `init`, shape (1, 3), the last dimension varying fastest.
  ///   - selfInput: `self`, shape (1, 1), the last dimension varying fastest.
  ///   - inoutInput: `inout`, shape (1, 1), the last dimension varying fastest.
  ///   - object: `object`, shape (1, 1), the last dimension varying fastest.
  ///   - someThing: `some thing`, shape (1, 1), the last dimension varying fastest.
  ///   - quoTe: `quo"te\`, shape (1, 1), the last dimension varying fastest.
  ///   - 数値: `数値`, shape (1, 1), the last dimension varying fastest.
  ///   - ünïÇode: `Ünï_çode`, shape (1, 2), the last dimension varying fastest.
  ///   - topK: how many; at least 1. More than there are classes gives all of them.
  /// - Returns: scores are probabilities: the sum over all classes is 1.
  /// - Throws: ``ProtocolSdkError``, or `CancellationError`.
  public func classify(
    `default`: [Float],
    initInput: [Float],
    selfInput: [Float],
    inoutInput: [Float],
    object: [Float],
    someThing: [Float],
    quoTe: [Float],
    数値: [Float],
    ünïÇode: [Float],
    topK: Int = 5
  ) async throws -> [Category] {
    let ranking = Ranking(labels: labels)
    try ranking.check(topK: topK)
    let scores = try await scores(
      default: `default`,
      initInput: initInput,
      selfInput: selfInput,
      inoutInput: inoutInput,
      object: object,
      someThing: someThing,
      quoTe: quoTe,
      数値: 数値,
      ünïÇode: ünïÇode
    )
    return ranking.best(topK, of: scores)
  }

  /// The scores of all classes, in the order of ``labels``.
  ///
  /// - Parameters:
  ///   - default: `default`, shape (1, 2), the last dimension varying fastest.
  ///   - initInput: `init`, shape (1, 3), the last dimension varying fastest.
  ///   - selfInput: `self`, shape (1, 1), the last dimension varying fastest.
  ///   - inoutInput: `inout`, shape (1, 1), the last dimension varying fastest.
  ///   - object: `object`, shape (1, 1), the last dimension varying fastest.
  ///   - someThing: `some thing`, shape (1, 1), the last dimension varying fastest.
  ///   - quoTe: `quo"te\`, shape (1, 1), the last dimension varying fastest.
  ///   - 数値: `数値`, shape (1, 1), the last dimension varying fastest.
  ///   - ünïÇode: `Ünï_çode`, shape (1, 2), the last dimension varying fastest.
  /// - Returns: scores as `classify` gives them.
  /// - Throws: ``ProtocolSdkError``, or `CancellationError`.
  public func scores(
    `default`: [Float],
    initInput: [Float],
    selfInput: [Float],
    inoutInput: [Float],
    object: [Float],
    someThing: [Float],
    quoTe: [Float],
    数値: [Float],
    ünïÇode: [Float]
  ) async throws -> [Float] {
    let tensors = [
      `default`,
      initInput,
      selfInput,
      inoutInput,
      object,
      someThing,
      quoTe,
      数値,
      ünïÇode,
    ]
    try TensorInfo.check(tensors, against: Self.inputs)
    let outputs = try await self.engine.run(tensors)
    guard let scores = outputs.first?.scalars, scores.count == labels.count else {
      throw ProtocolSdkError.invalidModel("the network does not give one score for each label")
    }
    // The Core ML model ends with its own softmax.
    return backend == .neon ? Ranking.softmax(scores) : scores
  }
}
