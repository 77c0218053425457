// SPDX-License-Identifier: Apache-2.0

#if canImport(CoreML)
  import CoreML

  extension CoreMLEngine: TensorEngine {
    func run(_ tensors: [[Float]]) throws -> [EngineOutput] {
      try predict(
        zip(tensors, Network.inputShapes).map { scalars, shape in
          MLFeatureValue(shapedArray: MLShapedArray<Float>(scalars: scalars, shape: shape))
        })
    }
  }
#endif
