package sdkgen.runtime.internal

/** Runs `body`; what it fails to allocate becomes a failure that the app can catch. */
internal inline fun <R> orOutOfMemory(
    purpose: String,
    body: () -> R,
): R =
    try {
        body()
    } catch (e: OutOfMemoryError) {
        throw failure(FailureKind.OUT_OF_MEMORY, "no memory for $purpose", e)
    }
