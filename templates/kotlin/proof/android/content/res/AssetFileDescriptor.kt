package android.content.res

import java.io.Closeable
import java.io.FileDescriptor
import java.io.FileInputStream

/** A range of an open file. */
public class AssetFileDescriptor internal constructor(
    private val stream: FileInputStream,
    public val startOffset: Long,
    public val length: Long,
) : Closeable {
    public val fileDescriptor: FileDescriptor = stream.fd

    override fun close() {
        stream.close()
    }
}
