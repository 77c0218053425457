import Foundation

/// Names what a photograph shows.
///
/// ```swift
/// let photoTagger = try await PhotoTagger()
/// let best = try await photoTagger.classify(image, topK: 5)
/// ```
///
/// An object holds the model and its working memory: make one, keep it, and let go of it to free them. It may be used
/// from any task; calls on one object run one after the other, calls on different objects at the same time, and none
/// runs on the main thread. A cancelled task throws `CancellationError` before its run starts; a run that has started
/// is finished.
///
/// Every other error is a ``PhotoTaggerError``. It does not stand in the signatures, because typed `throws` needs
/// Swift 6 and this package builds from Swift 5.9.
///
/// Version 1.2.0.
public final class PhotoTagger: Sendable {
  /// Names of the classes, in the order of ``Category/index``.
  public let labels: [String]

  /// The engine that runs the network; never ``Backend/automatic``.
  public let backend: Backend

  private let engine: any ImageEngine

  /// Opens the model that the package brings along.
  ///
  /// - Parameters:
  ///   - backend: what runs the network; see ``Backend`` for how to choose.
  ///   - threads: of one run with ``Backend/neon``, or 0 for the number of fast cores, at most 4. The result does not
  ///     depend on it.
  ///   - verifyWeights: whether to compare the weights with their checksum when opening for ``Backend/neon``, which reads
  ///     the whole model once. Its structure is always checked.
  /// - Throws: ``PhotoTaggerError``.
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
  /// - Throws: ``PhotoTaggerError``.
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
  /// - Throws: ``PhotoTaggerError``.
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
  ///   - image: see ``PixelImage``.
  ///   - topK: how many; at least 1. More than there are classes gives all of them.
  /// - Returns: scores are probabilities: the sum over all classes is 1.
  /// - Throws: ``PhotoTaggerError``, or `CancellationError`.
  public func classify(_ image: PixelImage, topK: Int = 5) async throws -> [Category] {
    let ranking = Ranking(labels: labels)
    try ranking.check(topK: topK)
    return ranking.best(topK, of: try await scores(image))
  }

  /// The scores of all classes, in the order of ``labels``.
  ///
  /// - Parameter image: see ``PixelImage``.
  /// - Returns: scores as `classify` gives them.
  /// - Throws: ``PhotoTaggerError``, or `CancellationError`.
  public func scores(_ image: PixelImage) async throws -> [Float] {
    let outputs = try await engine.run(engine.prepare(image))
    guard let scores = outputs.first?.scalars, scores.count == labels.count else {
      throw PhotoTaggerError.invalidModel("the network does not give one score for each label")
    }
    // The Core ML model ends with its own softmax.
    return backend == .neon ? Ranking.softmax(scores) : scores
  }
}
