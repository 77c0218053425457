// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreML)
  import CoreML

  extension TheSDK.Tensor {
    /// The tensor as a Core ML array.
    public var shapedArray: MLShapedArray<Float> {
      MLShapedArray(scalars: scalars, shape: shape)
    }
  }
#endif
