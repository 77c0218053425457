/// What a network gives for one output: contiguous, the last dimension varies fastest.
typealias EngineOutput = (shape: [Int], scalars: [Float])
