// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreGraphics)
  import CoreGraphics
  import ImageIO

  extension TheSDK.PixelImage {
    /// Creates an upright image by drawing a `CGImage` in sRGB. Transparent pixels become black.
    ///
    /// - Parameters:
    ///   - image: An image of up to 16384 x 16384 pixels, in any color space.
    ///   - orientation: The orientation of the image, `kCGImagePropertyOrientation` of its source. A `CGImage` doesn't
    ///     include it.
    /// - Throws: ``TheSDKError`` if the image is too large or can't be drawn.
    public init(_ image: CGImage, orientation: CGImagePropertyOrientation = .up) throws {
      let (width, height) = (image.width, image.height)
      try Self.checkSides(width: width, height: height)
      guard let space = CGColorSpace(name: CGColorSpace.sRGB) else {
        throw TheSDKError.outOfMemory("the colour space sRGB is not there")
      }
      var pixels = [UInt8](repeating: 0, count: width * height * 4)
      let isDrawn = pixels.withUnsafeMutableBytes { buffer in
        guard
          let context = CGContext(
            data: buffer.baseAddress, width: width, height: height, bitsPerComponent: 8,
            bytesPerRow: width * 4, space: space, bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
        else { return false }
        context.interpolationQuality = .none
        context.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
        return true
      }
      guard isDrawn else {
        throw TheSDKError.outOfMemory("no memory to draw an image of \(width) x \(height)")
      }
      self = try Self(width: width, height: height, pixels: pixels).upright(from: Orientation(orientation))
    }
  }

  extension TheSDK.PixelImage.Orientation {
    /// The same orientation; both types have the raw values of EXIF.
    public init(_ orientation: CGImagePropertyOrientation) {
      self = Self(rawValue: orientation.rawValue) ?? .up
    }
  }
#endif
