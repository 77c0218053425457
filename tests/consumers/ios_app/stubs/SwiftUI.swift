// What the sample app uses of SwiftUI, as https://developer.apple.com/documentation/swiftui declares it.
@_exported import UIKit

// https://developer.apple.com/documentation/swiftui/view
@MainActor @preconcurrency public protocol View {
  associatedtype Body: View
  @ViewBuilder var body: Body { get }
}
extension Never: View { public var body: Never { return fatalError() } }
public protocol Leaf: View where Body == Never {}
extension Leaf { public var body: Never { return fatalError() } }

// https://developer.apple.com/documentation/swiftui/viewbuilder
@resultBuilder public struct ViewBuilder {
  public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
  public static func buildBlock<each Content: View>(_ content: repeat each Content) -> Group { Group() }
  public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
  public static func buildEither<Content: View>(first: Content) -> Group { Group() }
  public static func buildEither<Content: View>(second: Content) -> Group { Group() }
}
extension Optional: View where Wrapped: View { public var body: Never { return fatalError() } }
public struct Group: Leaf { nonisolated public init() {} }

// https://developer.apple.com/documentation/swiftui/app
@MainActor @preconcurrency public protocol App {
  associatedtype Body: Scene
  @SceneBuilder var body: Body { get }
  init()
}
extension App { public static func main() {} }
// https://developer.apple.com/documentation/swiftui/scene
@MainActor @preconcurrency public protocol Scene {}
@resultBuilder public struct SceneBuilder {
  public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}
// https://developer.apple.com/documentation/swiftui/windowgroup/init(content:)
public struct WindowGroup<Content: View>: Scene {
  nonisolated public init(@ViewBuilder content: () -> Content) {}
}

// https://developer.apple.com/documentation/swiftui/state
@propertyWrapper public struct State<Value> {
  public init(wrappedValue value: Value) { wrappedValue = value }
  public var wrappedValue: Value { get { fatalError() } nonmutating set {} }
  public var projectedValue: Binding<Value> { fatalError() }
}
extension State where Value: ExpressibleByNilLiteral { public init() { self.init(wrappedValue: nil) } }
// https://developer.apple.com/documentation/swiftui/binding
public struct Binding<Value> {}

// https://developer.apple.com/documentation/swiftui/horizontalalignment
public struct HorizontalAlignment: Sendable { public static let (leading, center) = (Self(), Self()) }
public struct VerticalAlignment: Sendable { public static let center = Self() }
public struct Alignment: Sendable { public static let (center, top) = (Self(), Self()) }
// https://developer.apple.com/documentation/swiftui/edge/set
public struct Edge {
  public struct Set: OptionSet, Sendable {
    public let rawValue: Int8
    public init(rawValue: Int8) { self.rawValue = rawValue }
    public static let (horizontal, all) = (Set(rawValue: 10), Set(rawValue: 15))
  }
}
// https://developer.apple.com/documentation/swiftui/accessibilitychildbehavior
public struct AccessibilityChildBehavior: Sendable { public static let combine = Self() }

public struct VStack<Content: View>: Leaf {
  // https://developer.apple.com/documentation/swiftui/vstack/init(alignment:spacing:content:)
  nonisolated public init(
    alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
  ) {}
}
public struct HStack<Content: View>: Leaf {
  // https://developer.apple.com/documentation/swiftui/hstack/init(alignment:spacing:content:)
  nonisolated public init(
    alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
  ) {}
}
// https://developer.apple.com/documentation/swiftui/spacer/init(minlength:)
public struct Spacer: Leaf { nonisolated public init(minLength: CGFloat? = nil) {} }
// https://developer.apple.com/documentation/swiftui/foreach/init(_:content:)
public struct ForEach<Data: RandomAccessCollection, Content: View>: Leaf where Data.Element: Identifiable {
  nonisolated public init(_ data: Data, @ViewBuilder content: @escaping (Data.Element) -> Content) {}
}
public struct Text: Leaf {
  // https://developer.apple.com/documentation/swiftui/text/init(_:)-9d1g4
  nonisolated public init<S: StringProtocol>(_ content: S) {}
  // https://developer.apple.com/documentation/swiftui/text/init(_:format:)
  nonisolated public init<F: FormatStyle>(_ input: F.FormatInput, format: F)
  where F.FormatInput: Equatable, F.FormatOutput == String {}
  // https://developer.apple.com/documentation/swiftui/text/monospaceddigit()
  nonisolated public func monospacedDigit() -> Text { self }
}
public struct Label: Leaf {
  // https://developer.apple.com/documentation/swiftui/label/init(_:systemimage:)
  nonisolated public init<S: StringProtocol>(_ title: S, systemImage name: String) {}
}
public struct Button: Leaf {
  // https://developer.apple.com/documentation/swiftui/button/init(_:systemimage:action:)
  nonisolated public init<S: StringProtocol>(
    _ title: S, systemImage: String, action: @escaping @MainActor () -> Void
  ) {}
}
public struct Image: Leaf {
  // https://developer.apple.com/documentation/swiftui/image/init(decorative:scale:orientation:)
  nonisolated public init(decorative cgImage: CGImage, scale: CGFloat) {}
  // https://developer.apple.com/documentation/swiftui/image/resizable(capinsets:resizingmode:)
  nonisolated public func resizable() -> Image { self }
}

extension View {
  // https://developer.apple.com/documentation/swiftui/view/frame(minwidth:idealwidth:maxwidth:minheight:idealheight:maxheight:alignment:)
  nonisolated public func frame(
    minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil, maxHeight: CGFloat? = nil,
    alignment: Alignment = .center
  ) -> some View { Group() }
  // https://developer.apple.com/documentation/swiftui/view/padding(_:_:)
  nonisolated public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { Group() }
  // https://developer.apple.com/documentation/swiftui/view/disabled(_:)
  nonisolated public func disabled(_ disabled: Bool) -> some View { Group() }
  // https://developer.apple.com/documentation/swiftui/view/scaledtofit()
  nonisolated public func scaledToFit() -> some View { Group() }
  // https://developer.apple.com/documentation/swiftui/view/accessibilityelement(children:)
  nonisolated public func accessibilityElement(children: AccessibilityChildBehavior) -> some View { Group() }
  // https://developer.apple.com/documentation/swiftui/view/task(id:priority:_:)
  nonisolated public func task<T: Equatable>(
    id value: T, priority: TaskPriority = .userInitiated,
    @_inheritActorContext _ action: @escaping @Sendable () async -> Void
  ) -> some View { Group() }
}

// https://developer.apple.com/documentation/swiftui/uiviewrepresentable
public struct UIViewRepresentableContext<Representable> {}
@MainActor @preconcurrency public protocol UIViewRepresentable: View where Body == Never {
  associatedtype UIViewType: UIView
  func makeUIView(context: Context) -> UIViewType
  func updateUIView(_ uiView: UIViewType, context: Context)
}
extension UIViewRepresentable {
  public typealias Context = UIViewRepresentableContext<Self>
  public var body: Never { return fatalError() }
}
