package sdkgen.runtime.internal

/** What can go wrong; `failure(kind, …)` makes the exception that the app sees. */
internal enum class FailureKind {
    MODEL_NOT_FOUND,
    INVALID_MODEL,
    INCOMPATIBLE,
    CLOSED,
    INVALID_INPUT,
    OUT_OF_MEMORY,
}
