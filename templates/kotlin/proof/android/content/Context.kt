package android.content

import android.content.res.AssetManager

/** A context on a JVM: it has assets and nothing else. */
public open class Context(
    public open val assets: AssetManager,
)
