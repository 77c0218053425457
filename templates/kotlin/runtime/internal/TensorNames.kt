// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

import sdkgen.runtime.TensorInfo

/** The tensors of an open model under the names that the SDK gives them. */
internal fun namedTensors(
    names: List<String>,
    shapes: List<TensorShape>,
): List<TensorInfo> {
    if (names.size != shapes.size) {
        throw failure(FailureKind.INVALID_MODEL, "the model has ${shapes.size} tensors for ${names.joinToString()}")
    }
    return names.zip(shapes) { name, shape -> TensorInfo(name, shape.dimensions) }
}
