"""One product on the seller's page: its title, and two shelves of files. By roles and names, as in seller_page.py."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect


class ProductPage:
    """What is under `#/products/<id>`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.images = Shelf(page, "Promo images")
        self.deliverables = Shelf(page, "Deliverables")

    @property
    def id(self) -> str:
        return self.page.url.rpartition("/")[2]

    def rename(self, title: str) -> None:
        self.page.get_by_role("button", name="Rename", exact=True).click()
        dialog = self.page.get_by_role("dialog", name="Rename product")
        dialog.get_by_role("textbox", name="Title").fill(title)
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()

    def ask_to_delete(self) -> Locator:
        """Press the button; returns the dialog with the question."""
        self.page.get_by_role("button", name="Delete", exact=True).click()
        return self.page.get_by_role("dialog")

    @property
    def unfinished(self) -> Locator:
        """Uploads that wait for their file to be chosen again."""
        return self.page.get_by_role("region", name="Unfinished uploads")

    def choose_again(self, path: Path) -> None:
        """What somebody does after a reload."""
        with self.page.expect_file_chooser() as chooser:
            self.unfinished.get_by_role("button", name=f"Choose {path.name} again", exact=True).click()
        chooser.value.set_files(path)


class Shelf:
    """The images, or the deliverables, with their drop area."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.region = page.get_by_role("region", name=name, exact=True)
        self.list = self.region.get_by_role("list", name=name, exact=True)
        self.items = self.list.get_by_role("listitem")
        self.not_uploaded = self.region.get_by_role("list", name="Not uploaded")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """Any button of the shelf, or of the uploader in it."""
        return self.region.get_by_role("button", name=name, exact=True)

    def item(self, file: str) -> Locator:
        """The file's row."""
        has_button = self.page.get_by_role("button", name=f"Delete {file}", exact=True)
        return self.items.filter(has=has_button)

    def expect_files(self, *files: str) -> None:
        """These, in this order, and no others."""
        expect(self.items).to_have_count(len(files))
        for at, file in enumerate(files):
            expect(self.items.nth(at).get_by_role("button", name=f"Delete {file}", exact=True)).to_be_attached()

    # Adding files

    @property
    def browse(self) -> Locator:
        return self.button("browse files")

    def choose(self, *paths: Path) -> None:
        """By the button, and the dialog of the browser."""
        with self.page.expect_file_chooser() as chooser:
            self.browse.click()
        chooser.value.set_files(paths)

    def drop(self, *paths: Path) -> None:
        """Drag them from the desktop: real files, by events that the page cannot tell from somebody's hand."""
        self.browse.scroll_into_view_if_needed()
        box = self.browse.bounding_box()
        assert box is not None
        session = self.page.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for event in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": event, "data": data, **at})
        session.detach()

    def replace(self, file: str, path: Path, button: str = "Replace") -> None:
        """Choose another file in the place of this one; of a deliverable the button is "New version of"."""
        with self.page.expect_file_chooser() as chooser:
            self.button(f"{button} {file}").click()
        chooser.value.set_files(path)

    def refusal_of(self, file: str) -> Locator:
        """The sentence about a file that was not taken."""
        return self.not_uploaded.get_by_role("listitem").filter(has_text=file)

    # What can be done with a file

    def delete(self, file: str) -> None:
        self.button(f"Delete {file}").click()

    def alt_text(self, file: str) -> Locator:
        return self.region.get_by_role("textbox", name=f"Alt text of {file}", exact=True)

    def move(self, file: str, where: str) -> None:
        """`earlier` or `later`."""
        self.button(f"Move {file} {where}").click()

    def drag(self, file: str, onto: str) -> None:
        """With the mouse, slowly enough to be a drag; and let go once the others have made room, as a person does."""
        place = self._place(onto)
        start, end = (self.item(name).locator("img").bounding_box() for name in (file, onto))
        assert start is not None
        assert end is not None
        mouse = self.page.mouse
        mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=12)
        for nudge in range(40):
            mouse.move(end["x"] + end["width"] / (4 + nudge % 2), end["y"] + end["height"] / 2, steps=4)
            if self._place(file) == place:
                break
            self.page.wait_for_timeout(250)
        mouse.up()

    def _place(self, file: str) -> int:
        """The number of an item in the list, as it is shown now."""
        buttons = self.items.get_by_role("button", name=re.compile("^Delete "))
        return [button.get_attribute("aria-label") for button in buttons.all()].index(f"Delete {file}")

    def rename(self, file: str, new: str) -> None:
        self.button(f"Rename {file}").click()
        dialog = self.page.get_by_role("dialog", name="Rename file")
        dialog.get_by_role("textbox", name="File name").fill(new)
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect(self.item(new)).to_be_visible()

    def save(self, file: str, folder: Path) -> Path:
        """What the browser saves when somebody presses the file's button."""
        with self.page.expect_download() as download:
            self.button(f"Download {file}").click()
        assert download.value.suggested_filename == file
        path = folder / f"saved-{file}"
        download.value.save_as(path)
        return path

    def open_deleted(self) -> None:
        """Show the deleted and older files."""
        self.region.get_by_text(re.compile(r"^Deleted and older files")).click()

    def restore(self, file: str) -> None:
        """Of those that are shown then."""
        self.button(f"Restore {file}").click()

    def expect_shown(self, file: str, media: str) -> None:
        """The image's own picture is there: a rendition, from the CDN."""
        item = self.item(file)
        expect(item).to_be_visible()
        shown = "([item, media]) => { const img = item.querySelector('img'); return img?.currentSrc.startsWith(media) && img.complete && img.naturalWidth > 0 }"
        self.page.wait_for_function(shown, arg=[item.element_handle(), media])
