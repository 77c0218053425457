#if canImport(CoreML)
  import CoreML

  extension ProtocolSdk {
    /// The same for Core ML's arrays, whatever their number type.
    ///
    /// - Parameters:
    ///   - default: `default`, shape (1, 2).
    ///   - initInput: `init`, shape (1, 3).
    ///   - selfInput: `self`, shape (1, 1).
    ///   - inoutInput: `inout`, shape (1, 1).
    ///   - object: `object`, shape (1, 1).
    ///   - someThing: `some thing`, shape (1, 1).
    ///   - quoTe: `quo"te\`, shape (1, 1).
    ///   - 数値: `数値`, shape (1, 1).
    ///   - ünïÇode: `Ünï_çode`, shape (1, 2).
    ///   - topK: how many classes; at least 1.
    /// - Throws: ``ProtocolSdkError``, or `CancellationError`.
    public func classify(
      `default`: MLMultiArray,
      initInput: MLMultiArray,
      selfInput: MLMultiArray,
      inoutInput: MLMultiArray,
      object: MLMultiArray,
      someThing: MLMultiArray,
      quoTe: MLMultiArray,
      数値: MLMultiArray,
      ünïÇode: MLMultiArray,
      topK: Int = 5
    ) async throws -> [Category] {
      try await classify(
        default: MLShapedArray<Float>(converting: `default`).scalars,
        initInput: MLShapedArray<Float>(converting: initInput).scalars,
        selfInput: MLShapedArray<Float>(converting: selfInput).scalars,
        inoutInput: MLShapedArray<Float>(converting: inoutInput).scalars,
        object: MLShapedArray<Float>(converting: object).scalars,
        someThing: MLShapedArray<Float>(converting: someThing).scalars,
        quoTe: MLShapedArray<Float>(converting: quoTe).scalars,
        数値: MLShapedArray<Float>(converting: 数値).scalars,
        ünïÇode: MLShapedArray<Float>(converting: ünïÇode).scalars,
        topK: topK
      )
    }
  }
#endif
