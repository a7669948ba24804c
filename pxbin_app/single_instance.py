"""One app a data directory: a second start shows the first one's window and ends.

1. The first one listens on a local socket in the user's runtime directory (named by the data directory).
2. A later one connects, says a line, hears ``ok``, and ends.
3. One that takes the connection lives, though it may be busy: what was said waits until it has the time.
4. A socket file that nobody listens at is a crash's leftover: it is removed and taken over.
"""

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from pxbin_app.hand_over import SHOW, SHOWN, socket_name

logger = logging.getLogger(__name__)

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
        if not self._server.listen(self._name):  # better twice than not at all
            logger.warning("app.not_heard_by_later_starts reason=%s", self._server.errorString())
        return True

    def release(self) -> None:
        """Let another one start."""
        self._server.close()

    def _hand_over(self) -> bool:
        """Whether another one listens."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_PATIENCE_MS):
            return False
        socket.write(SHOW)
        socket.waitForBytesWritten(_PATIENCE_MS)
        socket.waitForReadyRead(_PATIENCE_MS)
        return True

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            peer = self._server.nextPendingConnection()
            peer.readyRead.connect(self._answer)
            peer.disconnected.connect(self._forget_the_gone)
            self._peers.append(peer)
        self._answer()

    def _answer(self) -> None:
        for peer in self._peers:
            if peer.canReadLine():
                peer.readLine()
                peer.write(SHOWN)
                peer.flush()
                self.activated.emit()
        self._forget_the_gone()

    def _forget_the_gone(self) -> None:
        gone = QLocalSocket.LocalSocketState.UnconnectedState
        for peer in [one for one in self._peers if one.state() == gone]:
            self._peers.remove(peer)
            peer.deleteLater()
