import CSdkgen
import Foundation

extension TheSDK {
  /// A picture in memory: rows of 8-bit pixels, in sRGB as photographs on the web are.
  ///
  /// Every other kind of picture becomes one of these on its way to the network, on the platforms that have it:
  /// `CGImage`, `CIImage`, `UIImage` and `CVPixelBuffer`. A value may be handed from one task to another.
  public struct PixelImage: Sendable, Hashable {
    /// The bytes of one pixel.
    public enum Format: Sendable, Hashable {
      /// Red, green, blue, alpha; alpha is ignored.
      case rgba

      /// Blue, green, red, alpha, which is what cameras deliver as `kCVPixelFormatType_32BGRA`; alpha is ignored.
      case bgra

      /// Red, green, blue.
      case rgb

      /// Bytes of one pixel: 3 or 4.
      public var bytesPerPixel: Int { self == .rgb ? 3 : 4 }
    }

    /// The largest width and height, in pixels.
    public static let maximumSide = 16_384

    /// Pixels in a row.
    public let width: Int

    /// Rows.
    public let height: Int

    /// Bytes from the start of a row to the start of the next.
    public let bytesPerRow: Int

    /// The bytes of one pixel.
    public let format: Format

    /// Row by row from the top.
    public let pixels: [UInt8]

    /// Takes pixels as they are.
    ///
    /// - Parameters:
    ///   - width: pixels in a row, 1 to ``maximumSide``.
    ///   - height: rows, 1 to ``maximumSide``.
    ///   - bytesPerRow: bytes from one row to the next; `nil` when there are none between them.
    ///   - format: the bytes of one pixel.
    ///   - pixels: row by row from the top. The last row may end with its last pixel.
    /// - Throws: ``TheSDKError/invalidInput(_:)`` when the sizes do not belong together.
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

    /// Takes pixels as they are, from `Data`; otherwise the same as
    /// ``init(width:height:bytesPerRow:format:pixels:)``.
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

    /// Throws unless both sides are 1 to ``maximumSide``.
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
