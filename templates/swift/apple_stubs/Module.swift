// The accessor that the Swift package manager writes for a target with resources.
// https://developer.apple.com/documentation/xcode/bundling-resources-with-a-swift-package
import Foundation

extension Foundation.Bundle {
  static var module: Bundle { .main }
}
