#if canImport(CoreML)
  import CoreML

  extension Object {
    /// The same for Core ML's arrays, whatever their number type.
    ///
    /// - Parameters:
    ///   - fun: `fun`, shape (1, 3).
    ///   - inClass: `in_class`, shape (1, 2, 4, 5).
    ///   - class: `class`, shape (1, 7).
    ///   - session: `session`, shape (1, 1).
    /// - Throws: ``ObjectError``, or `CancellationError`.
    public func run(
      fun: MLMultiArray,
      inClass: MLMultiArray,
      `class`: MLMultiArray,
      session: MLMultiArray
    ) async throws -> Outputs {
      try await run(
        fun: MLShapedArray<Float>(converting: fun).scalars,
        inClass: MLShapedArray<Float>(converting: inClass).scalars,
        class: MLShapedArray<Float>(converting: `class`).scalars,
        session: MLShapedArray<Float>(converting: session).scalars
      )
    }
  }
#endif
