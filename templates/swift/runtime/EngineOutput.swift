// SPDX-License-Identifier: Apache-2.0

/// One output of the network: contiguous, in row-major order.
typealias EngineOutput = (shape: [Int], scalars: [Float])
