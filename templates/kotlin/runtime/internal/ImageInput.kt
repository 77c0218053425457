// SPDX-License-Identifier: Apache-2.0

package sdkgen.runtime.internal

import sdkgen.runtime.InputInfo

/** The one image input of an open model. */
internal fun imageInput(session: ModelSession): InputInfo {
    val input = session.inputs.singleOrNull()
    if (input == null || input.dimensions.size != NCHW) {
        throw failure(FailureKind.INVALID_MODEL, "the model does not take one image")
    }
    val (_, channels, height, width) = input.dimensions
    return InputInfo(height, width, channels, input.scale, input.zeroPoint)
}

private const val NCHW = 4
