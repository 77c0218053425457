package android.content.res

import java.io.File
import java.io.FileInputStream
import java.io.FileNotFoundException
import java.io.InputStream

/**
 * Assets in a folder.
 *
 * @property isCompressed whether the assets behave as if the APK held them compressed.
 * @property offset bytes before the asset in its file, as an APK has other entries before it.
 */
public class AssetManager(
    private val folder: File,
    private val isCompressed: Boolean = false,
    private val offset: Long = 0,
) {
    public fun openFd(fileName: String): AssetFileDescriptor {
        val file = find(fileName)
        if (isCompressed) throw FileNotFoundException("This file can not be opened as a file descriptor; it is probably compressed")
        return AssetFileDescriptor(FileInputStream(file), offset, file.length() - offset)
    }

    public fun open(fileName: String): InputStream = FileInputStream(find(fileName)).also { it.skip(offset) }

    private fun find(fileName: String): File = File(folder, fileName).also { if (!it.isFile) throw FileNotFoundException(fileName) }
}
