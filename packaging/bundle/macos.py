"""The app of macOS: what its Info.plist says beyond what PyInstaller writes by itself."""

from typing import Any

from bundle.product import Product


def info_plist(product: Product) -> dict[str, Any]:
    """The entries, by Apple's "Information Property List" reference.

    It has a window and a place in the Dock, so it is no LSUIElement: who hides it finds it in the menu bar.
    """
    return {
        "CFBundleDisplayName": "pxbin",
        "CFBundleShortVersionString": product.version,
        "CFBundleVersion": product.version,
        "LSApplicationCategoryType": "public.app-category.developer-tools",
        "LSMinimumSystemVersion": "13.0",
        "LSUIElement": False,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "MIT License",
        "NSSupportsAutomaticGraphicsSwitching": True,
    }
