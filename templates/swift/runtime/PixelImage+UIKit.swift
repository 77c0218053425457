// SPDX-License-Identifier: Apache-2.0

#if canImport(UIKit) && canImport(CoreImage)
  import ImageIO
  import UIKit

  extension TheSDK.PixelImage {
    /// Creates an upright image from a `UIImage`, according to its `imageOrientation`.
    ///
    /// - Throws: ``TheSDKError`` if the image is too large, or has neither a `CGImage` nor a `CIImage`.
    public init(_ image: UIImage) throws {
      let orientation = CGImagePropertyOrientation(image.imageOrientation)
      if let cgImage = image.cgImage {
        try self.init(cgImage, orientation: orientation)
      } else if let ciImage = image.ciImage {
        try self.init(ciImage, orientation: orientation)
      } else {
        throw TheSDKError.invalidInput("the UIImage is empty")
      }
    }
  }

  extension CGImagePropertyOrientation {
    /// UIKit numbers the orientations in another order than EXIF.
    fileprivate init(_ orientation: UIImage.Orientation) {
      switch orientation {
      case .up: self = .up
      case .upMirrored: self = .upMirrored
      case .down: self = .down
      case .downMirrored: self = .downMirrored
      case .left: self = .left
      case .leftMirrored: self = .leftMirrored
      case .right: self = .right
      case .rightMirrored: self = .rightMirrored
      @unknown default: self = .up
      }
    }
  }
#endif
