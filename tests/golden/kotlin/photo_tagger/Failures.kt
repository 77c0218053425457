// SPDX-License-Identifier: Apache-2.0

package com.example.phototagger.internal

import com.example.phototagger.PhotoTaggerException

/** Returns the exception of this SDK for a failure. */
internal fun failure(
    kind: FailureKind,
    message: String,
    cause: Throwable? = null,
): PhotoTaggerException =
    when (kind) {
        FailureKind.MODEL_NOT_FOUND -> PhotoTaggerException.ModelNotFound(message, cause)
        FailureKind.INVALID_MODEL -> PhotoTaggerException.InvalidModel(message, cause)
        FailureKind.INCOMPATIBLE -> PhotoTaggerException.Incompatible(message, cause)
        FailureKind.CLOSED -> PhotoTaggerException.Closed(message, cause)
        FailureKind.INVALID_INPUT -> PhotoTaggerException.InvalidInput(message, cause)
        FailureKind.OUT_OF_MEMORY -> PhotoTaggerException.OutOfMemory(message, cause)
    }
