#if canImport(CoreML)
  import CoreML

  extension TheSDK.Tensor {
    /// The tensor in the type that Core ML has for it.
    public var shapedArray: MLShapedArray<Float> {
      MLShapedArray(scalars: scalars, shape: shape)
    }
  }
#endif
