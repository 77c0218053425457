/// One output of the network: contiguous, in row-major order.
typealias EngineOutput = (shape: [Int], scalars: [Float])
