// What the sample app uses of PhotosUI, as https://developer.apple.com/documentation/photosui declares it.
import SwiftUI

// https://developer.apple.com/documentation/coretransferable/transferable
public protocol Transferable {}
extension Data: Transferable {}

// https://developer.apple.com/documentation/photosui/photospickeritem
public struct PhotosPickerItem: Equatable, Hashable, Sendable {
  // https://developer.apple.com/documentation/photosui/photospickeritem/loadtransferable(type:)
  public func loadTransferable<T: Transferable>(type: T.Type) async throws -> T? { nil }
}
// https://developer.apple.com/documentation/photosui/phpickerfilter
public struct PHPickerFilter: Sendable { public static let images = Self() }

// https://developer.apple.com/documentation/photosui/photospicker/init(selection:matching:preferreditemencoding:label:)
public struct PhotosPicker<Label: View>: Leaf {
  nonisolated public init(
    selection: Binding<PhotosPickerItem?>, matching filter: PHPickerFilter? = nil, @ViewBuilder label: () -> Label
  ) {}
}
