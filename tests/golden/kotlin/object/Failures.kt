package com.example.`in`.awkward.internal

import com.example.`in`.awkward.ObjectException

/** The exception of this SDK for a failure. */
internal fun failure(
    kind: FailureKind,
    message: String,
    cause: Throwable? = null,
): ObjectException =
    when (kind) {
        FailureKind.MODEL_NOT_FOUND -> ObjectException.ModelNotFound(message, cause)
        FailureKind.INVALID_MODEL -> ObjectException.InvalidModel(message, cause)
        FailureKind.INCOMPATIBLE -> ObjectException.Incompatible(message, cause)
        FailureKind.CLOSED -> ObjectException.Closed(message, cause)
        FailureKind.INVALID_INPUT -> ObjectException.InvalidInput(message, cause)
        FailureKind.OUT_OF_MEMORY -> ObjectException.OutOfMemory(message, cause)
    }
