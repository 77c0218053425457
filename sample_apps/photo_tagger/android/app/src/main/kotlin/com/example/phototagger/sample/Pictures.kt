package com.example.phototagger.sample

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.ImageDecoder
import android.graphics.Matrix
import android.net.Uri
import androidx.camera.core.ImageProxy

private const val ENOUGH_PIXELS = 2048

/**
 * Decodes a photograph, turned as its EXIF orientation says (`BitmapFactory` would not do that), and no larger than is
 * of use: those of some phones would fill the memory.
 *
 * @throws java.io.IOException it cannot be read or is no picture.
 */
internal fun ContentResolver.readPhotograph(uri: Uri): Bitmap =
    ImageDecoder.decodeBitmap(ImageDecoder.createSource(this, uri)) { decoder, info, _ ->
        val longest = maxOf(info.size.width, info.size.height)
        decoder.setTargetSampleSize(maxOf(1, longest / ENOUGH_PIXELS))
        decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE // the SDK reads its pixels
    }

/** The frame as it is seen; the camera delivers it as the sensor is built in, which is mostly sideways. */
internal fun ImageProxy.upright(): Bitmap {
    val bitmap = toBitmap()
    val degrees = imageInfo.rotationDegrees
    if (degrees == 0) return bitmap
    val rotation = Matrix().apply { postRotate(degrees.toFloat()) }
    return Bitmap.createBitmap(bitmap, 0, 0, bitmap.width, bitmap.height, rotation, true)
}
