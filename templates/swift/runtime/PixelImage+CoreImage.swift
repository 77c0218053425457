// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreImage)
  import CoreGraphics
  import CoreImage
  import ImageIO

  extension TheSDK.PixelImage {
    /// Creates an upright image by rendering a `CIImage` in sRGB. Transparent pixels become black.
    ///
    /// - Parameters:
    ///   - image: An image of finite extent, up to 16384 x 16384 pixels.
    ///   - orientation: The orientation of the image, or `.up` if it has been applied already.
    /// - Throws: ``TheSDKError`` if the image is too large, infinite or empty.
    public init(_ image: CIImage, orientation: CGImagePropertyOrientation = .up) throws {
      let bounds = image.extent.integral
      guard !bounds.isInfinite, !bounds.isEmpty else {
        throw TheSDKError.invalidInput("the CIImage is infinite or empty; crop it first")
      }
      // Compared as floating point: a huge extent does not fit an Int.
      let limit = CGFloat(Self.maximumSide)
      guard bounds.width <= limit, bounds.height <= limit else {
        throw TheSDKError.invalidInput(
          "the CIImage is \(bounds.width) x \(bounds.height), at most \(Self.maximumSide) is allowed")
      }
      let (width, height) = (Int(bounds.width), Int(bounds.height))
      var pixels = [UInt8](repeating: 0, count: width * height * 4)
      pixels.withUnsafeMutableBytes { buffer in
        guard let base = buffer.baseAddress else { return }
        Renderer.shared.context.render(
          image, toBitmap: base, rowBytes: width * 4, bounds: bounds, format: .RGBA8,
          colorSpace: CGColorSpace(name: CGColorSpace.sRGB))
      }
      self = try Self(width: width, height: height, pixels: pixels).upright(from: Orientation(orientation))
    }
  }

  /// One context for all: making one is expensive. `@unchecked` because Apple documents a `CIContext` as safe to share
  /// between threads.
  private struct Renderer: @unchecked Sendable {
    static let shared = Renderer()
    let context = CIContext(options: [.cacheIntermediates: false])
  }
#endif
