package com.example.names

/** What can go wrong in [Protocol]; the message says what it was. */
public sealed class ProtocolException(
    message: String,
    cause: Throwable?,
) : RuntimeException(message, cause) {
    /** The model is not where it should be, or cannot be read. */
    public class ModelNotFound internal constructor(
        message: String,
        cause: Throwable?,
    ) : ProtocolException(message, cause)

    /** The model is damaged: cut short, changed, or not a model at all. */
    public class InvalidModel internal constructor(
        message: String,
        cause: Throwable?,
    ) : ProtocolException(message, cause)

    /** Model, native library and this class do not belong together, or the device cannot run them. */
    public class Incompatible internal constructor(
        message: String,
        cause: Throwable?,
    ) : ProtocolException(message, cause)

    /** The object was closed before the call. */
    public class Closed internal constructor(
        message: String,
        cause: Throwable?,
    ) : ProtocolException(message, cause)

    /** An argument is not what the documentation of the call asks for. */
    public class InvalidInput internal constructor(
        message: String,
        cause: Throwable?,
    ) : ProtocolException(message, cause)

    /** The memory for the model or the input could not be allocated. */
    public class OutOfMemory internal constructor(
        message: String,
        cause: Throwable?,
    ) : ProtocolException(message, cause)
}
