package com.example.names.internal

import com.example.names.ProtocolException

/** The exception of this SDK for a failure. */
internal fun failure(
    kind: FailureKind,
    message: String,
    cause: Throwable? = null,
): ProtocolException =
    when (kind) {
        FailureKind.MODEL_NOT_FOUND -> ProtocolException.ModelNotFound(message, cause)
        FailureKind.INVALID_MODEL -> ProtocolException.InvalidModel(message, cause)
        FailureKind.INCOMPATIBLE -> ProtocolException.Incompatible(message, cause)
        FailureKind.CLOSED -> ProtocolException.Closed(message, cause)
        FailureKind.INVALID_INPUT -> ProtocolException.InvalidInput(message, cause)
        FailureKind.OUT_OF_MEMORY -> ProtocolException.OutOfMemory(message, cause)
    }
