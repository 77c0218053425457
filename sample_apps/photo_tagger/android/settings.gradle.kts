pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        // What ./sconsw target=android wrote. Only this group is looked for there, and nowhere else.
        exclusiveContent {
            forRepository { maven { url = uri("../../../dist/photo_tagger/android/maven") } }
            filter { includeGroup("com.example.phototagger") }
        }
        google()
        mavenCentral()
    }
}

rootProject.name = "photo-tagger-sample"
include(":app")
