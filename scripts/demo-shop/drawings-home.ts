export const homeDrawings = {
  kettle: `
    <rect x="34" y="172" width="112" height="16" rx="6" fill="#2b2f3a"/><path d="M52 62h76l14 104q1 8-7 8H45q-8 0-7-8z" fill="light"/><path d="M104 62h24l14 104q1 8-7 8h-21z" fill="main" opacity=".45"/>
    <path d="M54 68L22 78l22 26z" fill="main"/><path d="M132 66q46-6 46 34v24q0 28-38 26" fill="none" stroke="#2b2f3a" stroke-width="13" stroke-linecap="round"/>
    <rect x="50" y="52" width="80" height="14" rx="7" fill="#2b2f3a"/><rect x="80" y="38" width="20" height="16" rx="6" fill="#2b2f3a"/><path d="M66 84l-5 60" stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".8"/>
    <g fill="none" stroke="#fff" stroke-width="6" stroke-linecap="round"><path d="M24 62q-10-10 0-20t0-20"/><path d="M42 48q-8-8 0-16t0-16"/></g>`,
  sufuria: `
    <path d="M22 128h156l-9 50q-2 12-14 12H45q-12 0-14-12z" fill="#c6cedb"/><path d="M130 128h48l-9 50q-2 12-14 12h-34z" fill="#a3aebf"/><ellipse cx="100" cy="128" rx="84" ry="10" fill="#e7ecf3"/>
    <path d="M38 84h124l-7 40H45z" fill="#b7c1d0"/><path d="M126 84h36l-7 40h-34z" fill="#96a3b6"/><ellipse cx="100" cy="84" rx="68" ry="9" fill="#e7ecf3"/>
    <path d="M52 52h96l-5 28H57z" fill="#c6cedb"/><path d="M122 52h26l-5 28h-25z" fill="#a3aebf"/><path d="M46 52q54-34 108 0z" fill="#e7ecf3"/><ellipse cx="100" cy="53" rx="55" ry="6" fill="#b7c1d0"/><rect x="90" y="22" width="20" height="13" rx="6" fill="dark"/>`,
  'gas-cylinder': `
    <path d="M40 22h120M56 22q4 12 14 14h60q10-2 14-14" stroke="#2b2f3a" stroke-width="9" stroke-linecap="round" fill="none"/><rect x="78" y="34" width="44" height="14" rx="4" fill="#4a5163"/><path d="M78 12c-8-8 4-10 0-18 12 6 10 14 6 18zM104 12c-8-8 4-10 0-18 12 6 10 14 6 18zM128 12c-8-8 4-10 0-18 12 6 10 14 6 18z" fill="#3f8cff"/>
    <rect x="88" y="46" width="24" height="22" fill="#8b97a8"/><rect x="64" y="60" width="72" height="14" rx="7" fill="dark"/><path d="M30 112q0-42 46-42h48q46 0 46 42v42q0 34-34 34H64q-34 0-34-34z" fill="main"/><path d="M134 70q36 4 36 42v42q0 34-34 34h-12q20-20 20-60t-10-58z" fill="dark" opacity=".55"/>
    <path d="M46 106q2-18 18-20" stroke="#fff" stroke-width="7" stroke-linecap="round" fill="none" opacity=".7"/><rect x="62" y="112" width="66" height="40" rx="8" fill="#fff"/><path d="M95 118c-14 12-12 28 0 28s14-14 5-19q0 8-5 8t0-17z" fill="#f5792a"/>`,
  flask: `
    <path d="M72 12h56q8 0 8 8v30H64V20q0-8 8-8z" fill="#c6cedb"/><path d="M112 12h16q8 0 8 8v30h-24z" fill="#a3aebf"/><rect x="58" y="48" width="84" height="14" rx="5" fill="#2b2f3a"/>
    <path d="M56 62h88v106q0 22-22 22H78q-22 0-22-22z" fill="main"/><path d="M118 62h26v106q0 22-22 22h-18q14-6 14-30z" fill="dark" opacity=".6"/><path d="M56 96h88v10H56zM56 150h88v10H56z" fill="light"/><path d="M70 74v80" stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".55"/>
    <path d="M144 88q34 0 34 28t-34 28" fill="none" stroke="#2b2f3a" stroke-width="10"/>`,
  blender: `
    <path d="M58 26h90l-12 96H70z" fill="#eaf6ff"/><path d="M63 62h80l-8 60H70z" fill="main"/><circle cx="88" cy="88" r="8" fill="light"/><circle cx="114" cy="76" r="6" fill="light"/><circle cx="110" cy="104" r="9" fill="dark" opacity=".5"/>
    <path d="M60 40H36v56h30" fill="none" stroke="#c3d3e2" stroke-width="11" stroke-linejoin="round"/><rect x="52" y="14" width="102" height="14" rx="6" fill="#2b2f3a"/><rect x="88" y="4" width="30" height="12" rx="5" fill="#2b2f3a"/>
    <path d="M66 122h74l16 58q2 10-8 10H58q-10 0-8-10z" fill="#3a3f4e"/><circle cx="103" cy="158" r="15" fill="#c6cedb"/><path d="M103 146v12" stroke="#2b2f3a" stroke-width="4" stroke-linecap="round"/><path d="M74 36l8 76" stroke="#fff" stroke-width="6" stroke-linecap="round" opacity=".8"/>`,
  fridge: `
    <rect x="44" y="8" width="112" height="176" rx="12" fill="#f4f8fc"/><path d="M124 8h20q12 0 12 12v152q0 12-12 12h-20z" fill="#dbe5f0"/><path d="M44 62h112v5H44z" fill="#b9c7d8"/>
    <rect x="56" y="28" width="8" height="24" rx="4" fill="#7d8ba0"/><rect x="56" y="80" width="8" height="44" rx="4" fill="#7d8ba0"/><path d="M54 184h20v7H54zM126 184h20v7h-20z" fill="#3a3f4e"/>
    <rect x="96" y="86" width="34" height="30" rx="4" fill="main" transform="rotate(-5 113 101)"/><circle cx="112" cy="86" r="4" fill="#e5484d"/><path d="M102 98l20-2M103 106l14-1" stroke="#fff" stroke-width="3" stroke-linecap="round"/><path d="M116 26v22M106 30l20 14M126 30l-20 14" stroke="main" stroke-width="4" stroke-linecap="round"/>`,
  jiko: `
    <path d="M64 66c-14-20 10-26 4-50 24 14 18 34 14 50zM98 62c-16-22 12-30 4-58 28 16 22 40 16 58zM128 66c-12-18 8-24 4-44 20 12 16 30 12 44z" fill="#f5792a"/><path d="M92 64c-6-14 8-20 6-34 16 12 12 26 10 34z" fill="#ffd35a"/>
    <path d="M22 66h156l-30 58H52z" fill="#8b97a8"/><path d="M136 66h42l-30 58h-34z" fill="#64748b"/><ellipse cx="100" cy="66" rx="78" ry="13" fill="#b5583a"/><ellipse cx="100" cy="66" rx="60" ry="8" fill="#3a2a28"/>
    <g fill="#f5792a"><circle cx="72" cy="66" r="6"/><circle cx="96" cy="68" r="7"/><circle cx="122" cy="66" r="6"/></g>
    <path d="M52 124h96l22 52q4 10-8 10H38q-12 0-8-10z" fill="main"/><path d="M118 124h30l22 52q4 10-8 10h-30z" fill="dark"/><rect x="72" y="140" width="46" height="28" rx="4" fill="#2b2320"/><path d="M78 164l12-10 10 8 12-12" stroke="#f5792a" stroke-width="4" fill="none"/>
    <path d="M20 74q-14 12-6 32M180 74q14 12 6 32" stroke="#3a3f4e" stroke-width="6" fill="none" stroke-linecap="round"/>`,
  'frying-pan': `
    <g transform="rotate(-28 84 116)"><rect x="142" y="106" width="74" height="20" rx="10" fill="dark"/><rect x="132" y="108" width="22" height="16" fill="#8b97a8"/></g>
    <circle cx="84" cy="118" r="72" fill="#2b2f3a"/><circle cx="84" cy="116" r="62" fill="#454b5a"/><circle cx="84" cy="116" r="56" fill="#353a47"/>
    <path d="M60 90q22-24 44-6 26-2 26 24 2 26-22 30-18 20-42 6-28-4-24-30 0-20 18-24z" fill="#fff"/><circle cx="86" cy="112" r="20" fill="#ffb52e"/><circle cx="80" cy="105" r="6" fill="#ffe09a"/>`,
  'mosquito-net': `
    <path d="M100 4v14" stroke="#3a3f4e" stroke-width="5"/><ellipse cx="100" cy="28" rx="34" ry="11" fill="main"/><rect x="24" y="140" width="152" height="34" rx="8" fill="#fff"/><path d="M24 156h152v22H24z" fill="main"/><rect x="34" y="126" width="40" height="20" rx="9" fill="light"/><path d="M28 178v12M172 178v12" stroke="#6b4023" stroke-width="9"/>
    <path d="M66 28Q56 110 8 188h184Q144 110 134 28z" fill="#fff" opacity=".5"/><g stroke="dark" stroke-width="2" opacity=".35" fill="none"><path d="M82 36Q78 110 50 188M100 38v150M118 36q4 74 32 152M58 76q42 12 84 0M45 112q55 16 110 0M28 148q72 20 144 0"/></g>`,
}
