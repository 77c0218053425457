// What the package uses of Core ML, as https://developer.apple.com/documentation/coreml declares it.
@_exported import CoreVideo

// https://developer.apple.com/documentation/coreml/mlcomputeunits
public enum MLComputeUnits: Int, Sendable { case cpuOnly, cpuAndGPU, all, cpuAndNeuralEngine }

// https://developer.apple.com/documentation/coreml/mlmodelconfiguration
public class MLModelConfiguration {
  public init() {}
  // https://developer.apple.com/documentation/coreml/mlmodelconfiguration/computeunits
  public var computeUnits: MLComputeUnits = .all
}

// https://developer.apple.com/documentation/coreml/mlmodelmetadatakey
public struct MLModelMetadataKey: RawRepresentable, Hashable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  // https://developer.apple.com/documentation/coreml/mlmodelmetadatakey/creatordefinedkey
  public static let creatorDefinedKey = MLModelMetadataKey(rawValue: "")
}

// https://developer.apple.com/documentation/coreml/mlfeaturedescription
public class MLFeatureDescription {}

// https://developer.apple.com/documentation/coreml/mlmodeldescription
public class MLModelDescription {
  // https://developer.apple.com/documentation/coreml/mlmodeldescription/metadata
  public var metadata: [MLModelMetadataKey: Any] { [:] }
  // https://developer.apple.com/documentation/coreml/mlmodeldescription/inputdescriptionsbyname
  public var inputDescriptionsByName: [String: MLFeatureDescription] { [:] }
  // https://developer.apple.com/documentation/coreml/mlmodeldescription/outputdescriptionsbyname
  public var outputDescriptionsByName: [String: MLFeatureDescription] { [:] }
}

// https://developer.apple.com/documentation/coreml/mlmultiarray
public class MLMultiArray {}

// https://developer.apple.com/documentation/coreml/mlshapedarrayscalar
public protocol MLShapedArrayScalar {}
extension Float: MLShapedArrayScalar {}

// https://developer.apple.com/documentation/coreml/mlshapedarray
public struct MLShapedArray<Scalar: MLShapedArrayScalar> {
  // https://developer.apple.com/documentation/coreml/mlshapedarrayprotocol/init(scalars:shape:)
  public init<S: Sequence>(scalars: S, shape: [Int]) where S.Element == Scalar {}
  // https://developer.apple.com/documentation/coreml/mlshapedarrayprotocol/init(converting:)
  public init(converting multiArray: MLMultiArray) {}
  // https://developer.apple.com/documentation/coreml/mlshapedarrayprotocol/shape
  public var shape: [Int] { [] }
  // https://developer.apple.com/documentation/coreml/mlshapedarrayprotocol/scalars
  public var scalars: [Scalar] {
    get { [] }
    set {}
  }
}

// https://developer.apple.com/documentation/coreml/mlfeaturevalue
public class MLFeatureValue {
  // https://developer.apple.com/documentation/coreml/mlfeaturevalue/init(pixelbuffer:)
  public init(pixelBuffer value: CVPixelBuffer) {}
  // https://developer.apple.com/documentation/coreml/mlfeaturevalue/init(shapedarray:)
  public init<Scalar: MLShapedArrayScalar>(shapedArray: MLShapedArray<Scalar>) {}
  // https://developer.apple.com/documentation/coreml/mlfeaturevalue/multiarrayvalue
  public var multiArrayValue: MLMultiArray? { nil }
}

// https://developer.apple.com/documentation/coreml/mlfeatureprovider
public protocol MLFeatureProvider {
  // https://developer.apple.com/documentation/coreml/mlfeatureprovider/featurenames
  var featureNames: Set<String> { get }
  // https://developer.apple.com/documentation/coreml/mlfeatureprovider/featurevalue(for:)
  func featureValue(for featureName: String) -> MLFeatureValue?
}

// https://developer.apple.com/documentation/coreml/mldictionaryfeatureprovider
public class MLDictionaryFeatureProvider: MLFeatureProvider {
  // https://developer.apple.com/documentation/coreml/mldictionaryfeatureprovider/init(dictionary:)
  public init(dictionary: [String: Any]) throws {}
  public var featureNames: Set<String> { [] }
  public func featureValue(for featureName: String) -> MLFeatureValue? { nil }
}

// https://developer.apple.com/documentation/coreml/mlmodel
public class MLModel {
  // https://developer.apple.com/documentation/coreml/mlmodel/init(contentsof:configuration:)
  public init(contentsOf url: URL, configuration: MLModelConfiguration) throws {}
  // https://developer.apple.com/documentation/coreml/mlmodel/modeldescription
  public var modelDescription: MLModelDescription { MLModelDescription() }
  // https://developer.apple.com/documentation/coreml/mlmodel/prediction(from:)
  public func prediction(from input: any MLFeatureProvider) throws -> any MLFeatureProvider { input }
  // https://developer.apple.com/documentation/coreml/mlmodel/compilemodel(at:)-6442s
  public class func compileModel(at modelURL: URL) async throws -> URL { modelURL }
}
