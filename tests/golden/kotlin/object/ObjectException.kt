package com.example.`in`.awkward

/** What can go wrong in [Object]; the message says what it was. */
public sealed class ObjectException(
    message: String,
    cause: Throwable?,
) : RuntimeException(message, cause) {
    /** The model is not where it should be, or cannot be read. */
    public class ModelNotFound internal constructor(
        message: String,
        cause: Throwable?,
    ) : ObjectException(message, cause)

    /** The model is damaged: cut short, changed, or not a model at all. */
    public class InvalidModel internal constructor(
        message: String,
        cause: Throwable?,
    ) : ObjectException(message, cause)

    /** Model, native library and this class do not belong together, or the device cannot run them. */
    public class Incompatible internal constructor(
        message: String,
        cause: Throwable?,
    ) : ObjectException(message, cause)

    /** The object was closed before the call. */
    public class Closed internal constructor(
        message: String,
        cause: Throwable?,
    ) : ObjectException(message, cause)

    /** An argument is not what the documentation of the call asks for. */
    public class InvalidInput internal constructor(
        message: String,
        cause: Throwable?,
    ) : ObjectException(message, cause)

    /** The memory for the model or the input could not be allocated. */
    public class OutOfMemory internal constructor(
        message: String,
        cause: Throwable?,
    ) : ObjectException(message, cause)
}
