// What the package uses of Core Graphics, as https://developer.apple.com/documentation/coregraphics declares it, so that
// its branches for Apple's systems can be type-checked elsewhere. Nothing here is ever run or shipped. Foundation of other
// systems brings CGRect. Where Apple bridges a CF type to a Swift one, the stub has only the latter.
@_exported import Foundation

public typealias CFData = Data
public typealias CFDictionary = NSDictionary
public typealias CFString = String

// https://developer.apple.com/documentation/coregraphics/cgcolorspace
public class CGColorSpace {
  // https://developer.apple.com/documentation/coregraphics/cgcolorspace/srgb
  public class var sRGB: CFString { "" }
  // https://developer.apple.com/documentation/coregraphics/cgcolorspace/init(name:)
  public init?(name: CFString) {}
}

// https://developer.apple.com/documentation/coregraphics/cgimagealphainfo
public enum CGImageAlphaInfo: UInt32 {
  case none, premultipliedLast, premultipliedFirst, last, first, noneSkipLast, noneSkipFirst, alphaOnly
}

// https://developer.apple.com/documentation/coregraphics/cgbitmapinfo
public struct CGBitmapInfo: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
}

// https://developer.apple.com/documentation/coregraphics/cgcolorrenderingintent
public enum CGColorRenderingIntent: Int32 { case defaultIntent }

// https://developer.apple.com/documentation/coregraphics/cginterpolationquality
public enum CGInterpolationQuality: Int32 { case `default`, none, low, medium, high }

// https://developer.apple.com/documentation/coregraphics/cgdataprovider
public class CGDataProvider {
  // https://developer.apple.com/documentation/coregraphics/cgdataprovider/init(data:)
  public init?(data: CFData) {}
}

// https://developer.apple.com/documentation/coregraphics/cgimage
public class CGImage {
  // https://developer.apple.com/documentation/coregraphics/cgimage/width
  public var width: Int { 0 }
  // https://developer.apple.com/documentation/coregraphics/cgimage/height
  public var height: Int { 0 }
  // https://developer.apple.com/documentation/coregraphics/cgimage/init(width:height:bitspercomponent:bitsperpixel:bytesperrow:space:bitmapinfo:provider:decode:shouldinterpolate:intent:)
  public init?(
    width: Int, height: Int, bitsPerComponent: Int, bitsPerPixel: Int, bytesPerRow: Int, space: CGColorSpace,
    bitmapInfo: CGBitmapInfo, provider: CGDataProvider, decode: UnsafePointer<CGFloat>?, shouldInterpolate: Bool,
    intent: CGColorRenderingIntent
  ) {}
}

// https://developer.apple.com/documentation/coregraphics/cgcontext
public class CGContext {
  // https://developer.apple.com/documentation/coregraphics/cgcontext/init(data:width:height:bitspercomponent:bytesperrow:space:bitmapinfo:)
  public init?(
    data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int, bytesPerRow: Int,
    space: CGColorSpace, bitmapInfo: UInt32
  ) {}
  // https://developer.apple.com/documentation/coregraphics/cgcontext/interpolationquality
  public var interpolationQuality: CGInterpolationQuality = .default
  // https://developer.apple.com/documentation/coregraphics/cgcontext/draw(_:in:bytiling:)
  public func draw(_ image: CGImage, in rect: CGRect, byTiling: Bool = false) {}
}
