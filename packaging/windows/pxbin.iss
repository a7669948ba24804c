; The installer of Windows, for Inno Setup 6. Names and numbers come from packaging/bundle/windows.py (/DName=value).

#ifndef AppVersion
  #error Start it by packaging/build.py, which says the names and the version.
#endif

[Setup]
AppId={{{#AppId}}
AppName={#AppProgram}
AppVersion={#AppVersion}
AppPublisher={#AppProgram}
AppComments={#AppSummary}
VersionInfoVersion={#FourNumbers}
DefaultDirName={autopf}\{#AppProgram}
DefaultGroupName={#AppProgram}
DisableProgramGroupPage=yes
UninstallDisplayIcon={app}\{#AppProgram}.exe
OutputDir={#Out}
OutputBaseFilename={#AppProgram}-{#AppVersion}-windows-x86_64
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
; Without administrator's rights it installs for this person alone.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; The app closes in stages, so that requests in flight end well.
CloseApplications=yes
RestartApplications=no

[Tasks]
Name: desktopicon; Description: "Put an icon on the desktop"; Flags: unchecked

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[InstallDelete]
; What an older version had and this one has not must not be found by it.
Type: filesandordirs; Name: "{app}\lib"

[Icons]
Name: "{group}\{#AppProgram}"; Filename: "{app}\{#AppProgram}.exe"
Name: "{autodesktop}\{#AppProgram}"; Filename: "{app}\{#AppProgram}.exe"; Tasks: desktopicon

[Run]
Filename: "{app}\{#AppProgram}.exe"; Description: "Start {#AppProgram}"; Flags: nowait postinstall skipifsilent

