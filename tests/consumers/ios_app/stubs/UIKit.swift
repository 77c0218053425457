// What the sample app uses of UIKit beside what the SDK does.

// https://developer.apple.com/documentation/quartzcore/calayer
open class CALayer { public init() {} }

// https://developer.apple.com/documentation/uikit/uiview
@MainActor open class UIView {
  public init() {}
  // https://developer.apple.com/documentation/uikit/uiview/layerclass
  open class var layerClass: AnyClass { CALayer.self }
  // https://developer.apple.com/documentation/uikit/uiview/layer
  public var layer: CALayer { CALayer() }
}
