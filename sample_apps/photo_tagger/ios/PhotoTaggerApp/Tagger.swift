import Foundation
import Observation
import PhotoTagger

/// What the app shows: the best tags of the latest picture, or why there are none.
@MainActor
@Observable
final class Tagger {
  private(set) var tags: [PhotoTagger.Category] = []
  private(set) var problem: String?

  /// Opens the model while the app starts.
  private let sdk = Task { try await PhotoTagger() }

  /// Tags one picture. The network runs off the main thread.
  func tag(_ picture: PhotoTagger.PixelImage) async {
    do {
      tags = try await sdk.value.classify(picture, topK: 3)
      problem = nil
    } catch is CancellationError {
      // Something else is shown by now.
    } catch {
      show(error)
    }
  }

  func show(_ error: any Error) {
    tags = []
    problem = error.localizedDescription
  }
}
