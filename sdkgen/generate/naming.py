"""Names in the target languages: casing, keywords, names that are taken, and clashes between names of one spec."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sdkgen.errors import SpecError

_WORD = re.compile(r"[^\W_]+")
_CASE_CHANGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class NameRules:
    """Restrictions of a language on names.

    Attributes:
        language: as written in messages.
        keywords: words that cannot be an identifier unless quoted.
        quote: put before and after such a word.
        taken_types: names of types that generated code uses unqualified, so that an SDK's class must not have them.
        taken_members: names of members that every object has.
    """

    language: str
    keywords: frozenset[str]
    quote: str
    taken_types: frozenset[str]
    taken_members: frozenset[str]

    def quoted(self, identifier: str) -> str:
        """Return the identifier as it is written in source."""
        return f"{self.quote}{identifier}{self.quote}" if identifier in self.keywords else identifier

    def type_name(self, name: str) -> str:
        """Convert `photo_tagger` to `PhotoTagger`; `category`, where that type exists already, to `CategorySdk`."""
        identifier = pascal_case(name)
        return f"{identifier}Sdk" if identifier in self.taken_types else identifier

    def member_names(self, names: Sequence[str], role: str, taken: Collection[str] = ()) -> tuple[str, ...]:
        """Return names of parameters or properties, unquoted, one for each of `names` and all different.

        Args:
            names: of the inputs or outputs of the model, as in the spec.
            role: "input" or "output"; is appended to a name that is taken, and put before one that is no identifier.
            taken: further names than `taken_members`, such as the options of the task's call.

        Raises:
            SpecError: two names become the same, or one has no letter or digit at all.
        """
        result: dict[str, str] = {}
        for name in names:
            identifier = camel_case(name)
            if identifier in self.taken_members or identifier in taken:
                identifier += role.capitalize()
            elif identifier[:1].isdecimal():
                identifier = role + identifier
            if not identifier.isidentifier():
                raise SpecError(
                    f"the {role} {name!r} cannot be made into a name in {self.language}",
                    remedy="Choose a name of letters, digits and underscores.",
                )
            if identifier in result:
                raise SpecError(
                    f"the {role}s {result[identifier]!r} and {name!r} are both {identifier!r} in {self.language}",
                    remedy="Choose names that differ in more than case and underscores.",
                )
            result[identifier] = name
        return tuple(result)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


KOTLIN = NameRules(
    language="Kotlin",
    # Hard keywords; the soft ones are identifiers wherever generated code has a name.
    keywords=_names(
        "as break class continue do else false for fun if in interface is null object package return super "
        "this throw true try typealias typeof val var when while"
    ),
    quote="`",
    # "Exception" is reserved because the SDK's own ends in it: class Exception would shadow kotlin.Exception.
    taken_types=_names(
        "Any Array AutoCloseable Bitmap Boolean Byte ByteBuffer Category Companion Context Deferred "
        "Dispatchers Double Enum Exception File Float FloatArray InputInfo Int IntArray JvmOverloads "
        "JvmStatic List Long Nothing Options Outputs RuntimeException Short String TensorInfo Throwable "
        "Throws Unit"
    ),
    # A property `class` would have the getter getClass(), which java.lang.Object has; topK is a parameter of classify.
    taken_members=frozenset({"class", "topK"}),
)

SWIFT = NameRules(
    language="Swift",
    # Reserved everywhere: The Swift Programming Language, "Lexical Structure". Contextual ones are identifiers.
    keywords=_names(
        "Any Self as associatedtype break case catch class continue default defer deinit do else enum extension "
        "fallthrough false fileprivate for func guard if import in init inout internal is let nil operator "
        "precedencegroup private protocol public repeat rethrows return self static struct subscript super switch "
        "throw throws true try typealias var where while"
    ),
    quote="`",
    # Types and modules that the package uses or declares, and names that the compiler keeps for itself. A module named
    # like one of Apple's, in any case, would replace it.
    taken_types=_names(
        "Any AnyObject Array Backend Bool Bundle Category Coregraphics CoreGraphics Coreimage CoreImage Coreml CoreMl "
        "CoreMlengine CoreMlfiles Corevideo CoreVideo Cryptokit CryptoKit Darwin Data Dictionary Double Encodable "
        "EngineOutput Error Float Foundation Glibc Hashable Identifiable ImageEngine Imageio ImageIo Int Int8 "
        "JsonDecoder Labels LocalizedError ModelMemory NativeEngine NativeModel Network Never Objectivec ObjectiveC "
        "OpaquePointer Opening OpeningOptions Optional Orientation Outputs PackageDescription PixelImage PreparedImage "
        "Proof Protocol Ranking Renderer Resources Result Self Sendable Set String Swift Task Tensor TensorEngine "
        "TensorInfo Testing Type Uikit UiKit UInt32 UInt64 UInt8 Url Void Xctest XcTest"
    ),
    # `x.self`, `X.Type` and `x.init` mean something else even when quoted, and `let`, `var` and `inout` are the only
    # keywords that cannot be an argument's label; the rest are parameters and members that generated code has.
    taken_members=_names("Protocol Type backend hash hashValue init inout labels let self topK var"),
)


def words(name: str) -> tuple[str, ...]:
    """Split a name in snake_case, camelCase, kebab-case or prose into words in lower case."""
    return tuple(word.lower() for part in _WORD.findall(name) for word in _CASE_CHANGE.split(part))


def pascal_case(name: str) -> str:
    """Convert `photo_tagger` to `PhotoTagger`."""
    return "".join(word[:1].upper() + word[1:] for word in words(name))


def camel_case(name: str) -> str:
    """Convert `photo_tagger` to `photoTagger`."""
    identifier = pascal_case(name)
    return words(name)[0] + identifier[len(words(name)[0]) :] if identifier else ""


def title(name: str) -> str:
    """Convert `photo_tagger` to `Photo tagger`."""
    text = " ".join(words(name))
    return text[:1].upper() + text[1:]


def package_name(package: str, rules: NameRules) -> str:
    """Return a dotted package as it is written in source: `com.example.in` as ``com.example.`in` ``."""
    return ".".join(rules.quoted(part) for part in package.split("."))


def jni_class(package: str) -> str:
    """Return the class on which `JNI_OnLoad` registers the native methods, in JNI's notation (SG_JNI_CLASS)."""
    return package.replace(".", "/") + "/internal/NativeModel"


def swift_module(name: str) -> str:
    """Return the name of an SDK's Swift module, which is also that of its class and its package: `PhotoTagger`."""
    return SWIFT.type_name(name)


def swift_c_module(name: str) -> str:
    """Return the name of the module with the C sources of an SDK: `CPhotoTagger`."""
    return f"C{swift_module(name)}"
