"""One app a data directory: a second start shows the first one's window and ends.

1. The first one listens on a local socket in the user's runtime directory (named by the data directory).
2. A later one connects, says a line, hears ``ok``, and ends.
3. A socket file that nobody answers at is a crash's leftover: it is removed and taken over.
"""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from pxbin_app.hand_over import SHOW, SHOWN, socket_name

_PATIENCE_MS = 1000


class SingleInstance(QObject):
    """``acquire()`` says whether this process is the one; ``activated`` tells it that another wanted the window."""

    activated = Signal()

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = socket_name(data_dir)
        self._peers: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)

    def acquire(self) -> bool:
        """Become the one, or hand over to the one there is (then False). Takes milliseconds; runs before the loop."""
        if self._hand_over():
            return False
        if self._server.listen(self._name):
            return True
        if self._hand_over():
            return False
        QLocalServer.removeServer(self._name)
        return self._server.listen(self._name)

    def release(self) -> None:
        """Let another one start."""
        self._server.close()

    def _hand_over(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_PATIENCE_MS):
            return False
        socket.write(SHOW)
        return socket.waitForBytesWritten(_PATIENCE_MS) and socket.waitForReadyRead(_PATIENCE_MS)

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            peer = self._server.nextPendingConnection()
            peer.readyRead.connect(self._answer)
            self._peers.append(peer)
        self._answer()

    def _answer(self) -> None:
        for peer in tuple(self._peers):
            if peer.canReadLine():
                self._peers.remove(peer)
                peer.readLine()
                peer.write(SHOWN)
                peer.flush()
                self.activated.emit()
