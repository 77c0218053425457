// What the package uses of Core Image, as https://developer.apple.com/documentation/coreimage declares it.
@_exported import CoreVideo

// https://developer.apple.com/documentation/coreimage/ciimage
public class CIImage {
  // https://developer.apple.com/documentation/coreimage/ciimage/init(cvpixelbuffer:)
  public init(cvPixelBuffer pixelBuffer: CVPixelBuffer) {}
  // https://developer.apple.com/documentation/coreimage/ciimage/extent
  public var extent: CGRect { .zero }
}

// https://developer.apple.com/documentation/coreimage/ciformat
public struct CIFormat: Sendable {
  // https://developer.apple.com/documentation/coreimage/ciformat/rgba8
  public static var RGBA8: CIFormat { CIFormat() }
}

// https://developer.apple.com/documentation/coreimage/cicontextoption
public struct CIContextOption: Hashable, Sendable {
  // https://developer.apple.com/documentation/coreimage/cicontextoption/cacheintermediates
  public static let cacheIntermediates = CIContextOption()
}

// https://developer.apple.com/documentation/coreimage/cicontext
public class CIContext {
  // https://developer.apple.com/documentation/coreimage/cicontext/init(options:)
  public init(options: [CIContextOption: Any]? = nil) {}
  // https://developer.apple.com/documentation/coreimage/cicontext/render(_:tobitmap:rowbytes:bounds:format:colorspace:)
  public func render(
    _ image: CIImage, toBitmap data: UnsafeMutableRawPointer, rowBytes: Int, bounds: CGRect, format: CIFormat,
    colorSpace: CGColorSpace?
  ) {}
}
