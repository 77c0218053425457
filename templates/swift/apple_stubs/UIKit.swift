// What the package uses of UIKit, as https://developer.apple.com/documentation/uikit declares it.
@_exported import CoreImage

// https://developer.apple.com/documentation/uikit/uiimage
public class UIImage {
  // https://developer.apple.com/documentation/uikit/uiimage/orientation
  public enum Orientation: Int, Sendable {
    case up, down, left, right, upMirrored, downMirrored, leftMirrored, rightMirrored
  }
  // https://developer.apple.com/documentation/uikit/uiimage/init(cgimage:scale:orientation:)
  public init(cgImage: CGImage, scale: CGFloat, orientation: Orientation) {}
  // https://developer.apple.com/documentation/uikit/uiimage/cgimage
  public var cgImage: CGImage? { nil }
  // https://developer.apple.com/documentation/uikit/uiimage/ciimage
  public var ciImage: CIImage? { nil }
  // https://developer.apple.com/documentation/uikit/uiimage/imageorientation
  public var imageOrientation: Orientation { .up }
}
