#if canImport(CoreGraphics)
  import CoreGraphics
  import ImageIO

  extension PhotoTagger {
    /// The same for a Core Graphics image, of any colour space.
    ///
    /// - Parameters:
    ///   - image: see ``PixelImage``.
    ///   - orientation: how the camera was held; the network sees the image upright.
    ///   - topK: how many classes; at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError`.
    public func classify(
      _ image: CGImage,
      orientation: CGImagePropertyOrientation = .up,
      topK: Int = 5
    ) async throws -> [Category] {
      try await classify(PixelImage(image, orientation: orientation), topK: topK)
    }
  }
#endif

#if canImport(CoreImage)
  import CoreImage

  extension PhotoTagger {
    /// The same for a Core Image recipe, which is rendered first.
    ///
    /// - Parameters:
    ///   - image: see ``PixelImage``.
    ///   - orientation: how the camera was held; the network sees the image upright.
    ///   - topK: how many classes; at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError`.
    public func classify(
      _ image: CIImage,
      orientation: CGImagePropertyOrientation = .up,
      topK: Int = 5
    ) async throws -> [Category] {
      try await classify(PixelImage(image, orientation: orientation), topK: topK)
    }
  }
#endif

#if canImport(CoreVideo) && canImport(CoreImage)
  import CoreVideo

  extension PhotoTagger {
    /// The same for a frame of a camera or a video; ``PixelImage`` says which formats are fast.
    ///
    /// - Parameters:
    ///   - image: see ``PixelImage``.
    ///   - orientation: how the camera was held; the network sees the image upright.
    ///   - topK: how many classes; at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError`.
    public func classify(
      _ image: CVPixelBuffer,
      orientation: CGImagePropertyOrientation = .up,
      topK: Int = 5
    ) async throws -> [Category] {
      try await classify(PixelImage(image, orientation: orientation), topK: topK)
    }
  }
#endif

#if canImport(UIKit) && canImport(CoreImage)
  import UIKit

  extension PhotoTagger {
    /// The same for a UIKit image, turned as its `imageOrientation` says.
    ///
    /// - Parameters:
    ///   - image: see ``PixelImage``.
    ///   - topK: how many classes; at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError`.
    public func classify(_ image: UIImage, topK: Int = 5) async throws -> [Category] {
      try await classify(PixelImage(image), topK: topK)
    }
  }
#endif
