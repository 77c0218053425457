// SPDX-License-Identifier: Apache-2.0

import CSdkgen
import Foundation

extension TheSDK {
  /// An image in memory: rows of 8-bit sRGB pixels.
  ///
  /// A `CGImage`, `CIImage`, `UIImage` or `CVPixelBuffer` is converted to a `PixelImage` before the network runs. A
  /// `PixelImage` is sendable, so you can pass it between tasks.
  public struct PixelImage: Sendable, Hashable {
    /// The byte order of a pixel.
    public enum Format: Sendable, Hashable {
      /// Red, green, blue, alpha. Alpha is ignored.
      case rgba

      /// Blue, green, red, alpha, as in `kCVPixelFormatType_32BGRA`. Alpha is ignored.
      case bgra

      /// Red, green, blue.
      case rgb

      /// The number of bytes per pixel: 3 or 4.
      public var bytesPerPixel: Int { self == .rgb ? 3 : 4 }
    }

    /// The maximum width and height in pixels.
    public static let maximumSide = 16_384

    /// The width in pixels.
    public let width: Int

    /// The height in pixels.
    public let height: Int

    /// The number of bytes from the start of a row to the start of the next.
    public let bytesPerRow: Int

    /// The byte order of a pixel.
    public let format: Format

    /// The pixels, row by row from the top.
    public let pixels: [UInt8]

    /// Creates an image from pixels.
    ///
    /// - Parameters:
    ///   - width: The width in pixels, 1 to ``maximumSide``.
    ///   - height: The height in pixels, 1 to ``maximumSide``.
    ///   - bytesPerRow: The number of bytes from one row to the next, or `nil` if the rows are contiguous.
    ///   - format: The byte order of a pixel.
    ///   - pixels: The pixels, row by row from the top. The last row may end with its last pixel.
    /// - Throws: ``TheSDKError/invalidInput(_:)`` if the sizes don't match.
    public init(
      width: Int,
      height: Int,
      bytesPerRow: Int? = nil,
      format: Format = .rgba,
      pixels: [UInt8]
    ) throws {
      try PixelImage.checkSides(width: width, height: height)
      let rowBytes = width * format.bytesPerPixel
      let stride = bytesPerRow ?? rowBytes
      guard stride >= rowBytes else {
        throw TheSDKError.invalidInput("bytesPerRow is \(stride), a row has \(rowBytes) bytes")
      }
      let (rows, overflow) = stride.multipliedReportingOverflow(by: height - 1)
      guard !overflow, pixels.count >= rowBytes, pixels.count - rowBytes >= rows else {
        throw TheSDKError.invalidInput(
          "\(pixels.count) bytes are too few for \(height) rows of \(stride) bytes")
      }
      self.width = width
      self.height = height
      self.bytesPerRow = stride
      self.format = format
      self.pixels = pixels
    }

    /// Creates an image from pixels in `Data`; see ``init(width:height:bytesPerRow:format:pixels:)``.
    public init(
      width: Int,
      height: Int,
      bytesPerRow: Int? = nil,
      format: Format = .rgba,
      data: Data
    ) throws {
      try self.init(
        width: width, height: height, bytesPerRow: bytesPerRow, format: format, pixels: [UInt8](data))
    }

    /// Throws an error unless both sides are 1 to ``maximumSide``.
    static func checkSides(width: Int, height: Int) throws {
      guard (1...maximumSide).contains(width), (1...maximumSide).contains(height) else {
        throw TheSDKError.invalidInput(
          "the picture is \(width) x \(height), each side must be 1 to \(maximumSide) pixels")
      }
    }

    /// The picture as the C library takes it, for the time of `body`.
    func withImage<Result>(_ body: (UnsafePointer<sg_image>) throws -> Result) rethrows -> Result {
      try pixels.withUnsafeBytes { bytes in
        var image = sg_image(
          pixels: bytes.baseAddress, width: UInt32(width), height: UInt32(height), row_bytes: bytesPerRow,
          format: format.native)
        return try body(&image)
      }
    }
  }
}

extension TheSDK.PixelImage.Format {
  /// The C library's number for it.
  fileprivate var native: sg_pixel_format {
    switch self {
    case .rgba: return SG_RGBA_8888
    case .bgra: return SG_BGRA_8888
    case .rgb: return SG_RGB_888
    }
  }
}
