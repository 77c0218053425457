// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreGraphics)
  import CoreGraphics
  import ImageIO

  extension PhotoTagger {
    /// Runs the network on a Core Graphics image of any color space.
    ///
    /// - Parameters:
    ///   - image: The input image.
    ///   - orientation: The orientation of the image, which is rotated upright for the network.
    ///   - topK: The maximum number of classes to return, at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError` if the task is cancelled.
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
    /// Runs the network on a Core Image image, which is rendered first.
    ///
    /// - Parameters:
    ///   - image: The input image.
    ///   - orientation: The orientation of the image, which is rotated upright for the network.
    ///   - topK: The maximum number of classes to return, at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError` if the task is cancelled.
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
    /// Runs the network on a pixel buffer, such as a camera frame. `kCVPixelFormatType_32BGRA` is fastest.
    ///
    /// - Parameters:
    ///   - image: The input image.
    ///   - orientation: The orientation of the image, which is rotated upright for the network.
    ///   - topK: The maximum number of classes to return, at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError` if the task is cancelled.
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
    /// Runs the network on a UIKit image, rotated according to its `imageOrientation`.
    ///
    /// - Parameters:
    ///   - image: The input image.
    ///   - topK: The maximum number of classes to return, at least 1.
    /// - Throws: ``PhotoTaggerError``, or `CancellationError` if the task is cancelled.
    public func classify(_ image: UIImage, topK: Int = 5) async throws -> [Category] {
      try await classify(PixelImage(image), topK: topK)
    }
  }
#endif
