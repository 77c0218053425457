// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Names what a photograph shows.
///
/// ```swift
/// let photoTagger = try await PhotoTagger()
/// let best = try await photoTagger.classify(image, topK: 5)
/// ```
///
/// An instance holds the model and its working memory. Create it once and reuse it. You can call it from any task: calls
/// on one instance are serialized, calls on different instances run concurrently, and none runs on the main thread. A
/// cancelled task throws `CancellationError` before its run starts; a run that has started is completed.
///
/// Every other error is a ``PhotoTaggerError``. The methods don't use typed `throws`, which requires Swift 6:
/// the package supports Swift 5.9.
///
/// Version 1.2.0.
public final class PhotoTagger: Sendable {
  /// The labels of the classes, ordered by ``Category/index``.
  public let labels: [String]

  /// The backend that runs the network. It is never ``Backend/automatic``.
  public let backend: Backend

  private let engine: any ImageEngine

  /// Creates an instance with the model that is bundled with the package.
  ///
  /// - Parameters:
  ///   - backend: The backend that runs the network.
  ///   - threads: The number of threads per run with ``Backend/neon``, or 0 to use the number of fast cores, at most 4.
  ///     The result doesn't depend on it.
  ///   - verifyWeights: Whether to verify the checksum of the weights with ``Backend/neon``, which reads the whole model
  ///     once. The structure of the model is always verified.
  /// - Throws: ``PhotoTaggerError``.
  public convenience init(
    backend: Backend = .automatic,
    threads: Int = 0,
    verifyWeights: Bool = false
  ) async throws {
    let options = OpeningOptions(backend: backend, threads: threads, verifyWeights: verifyWeights)
    self.init(try await options.openBundled())
  }

  /// Creates an instance with a model file, for example a downloaded one. The file must not change while it's in use.
  ///
  /// - Parameters:
  ///   - url: The URL of a `.pte` for ``Backend/neon``, or of a `.mlmodelc` or `.mlpackage` for Core ML.
  ///   - backend: The backend that runs the network. It must support the file; ``Backend/automatic`` does.
  ///   - threads: See ``init(backend:threads:verifyWeights:)``.
  ///   - verifyWeights: See ``init(backend:threads:verifyWeights:)``.
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

  /// Creates an instance for ``Backend/neon`` with a `.pte` in memory, for example a decrypted one.
  ///
  /// - Parameters:
  ///   - data: The content of the file. It is copied.
  ///   - threads: See ``init(backend:threads:verifyWeights:)``.
  ///   - verifyWeights: See ``init(backend:threads:verifyWeights:)``.
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

  /// Returns the `topK` highest-scoring classes, best first. Classes with equal scores are ordered by index.
  ///
  /// - Parameters:
  ///   - image: The input image.
  ///   - topK: The maximum number of classes to return, at least 1.
  /// - Returns: Categories whose scores are probabilities: the scores of all classes sum to 1.
  /// - Throws: ``PhotoTaggerError``, or `CancellationError` if the task is cancelled.
  public func classify(_ image: PixelImage, topK: Int = 5) async throws -> [Category] {
    let ranking = Ranking(labels: labels)
    try ranking.check(topK: topK)
    return ranking.best(topK, of: try await scores(image))
  }

  /// Returns the scores of all classes.
  ///
  /// - Parameter image: The input image.
  /// - Returns: One score per entry of ``labels``.
  /// - Throws: ``PhotoTaggerError``, or `CancellationError` if the task is cancelled.
  public func scores(_ image: PixelImage) async throws -> [Float] {
    let outputs = try await engine.run(engine.prepare(image))
    guard let scores = outputs.first?.scalars, scores.count == labels.count else {
      throw PhotoTaggerError.invalidModel("the network does not give one score for each label")
    }
    // The Core ML model ends with its own softmax.
    return backend == .neon ? Ranking.softmax(scores) : scores
  }
}
