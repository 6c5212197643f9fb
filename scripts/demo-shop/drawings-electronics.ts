export const electronicsDrawings = {
  television: `
    <path d="M62 190l14-26h48l14 26z" fill="#3a3f4e"/><rect x="2" y="36" width="196" height="130" rx="9" fill="#232734"/><rect x="9" y="43" width="182" height="114" rx="4" fill="light"/>
    <path d="M9 112q40-44 84-8t98-22v71q0 4-4 4H13q-4 0-4-4z" fill="main"/><path d="M9 138q70-36 182 0v15q0 4-4 4H13q-4 0-4-4z" fill="dark"/>
    <circle cx="150" cy="72" r="14" fill="#ffd76a"/><path d="M88 84l30 18-30 18z" fill="#fff" opacity=".92"/>`,
  laptop: `
    <rect x="28" y="44" width="144" height="104" rx="9" fill="#2b2f3a"/><rect x="35" y="51" width="130" height="88" rx="4" fill="light"/>
    <path d="M35 112q30-30 62-6t68-20v49q0 4-4 4H39q-4 0-4-4z" fill="main"/><rect x="46" y="62" width="42" height="7" rx="3.5" fill="#fff"/><rect x="46" y="75" width="28" height="7" rx="3.5" fill="#fff" opacity=".7"/>
    <path d="M6 154h188l-12 26q-4 8-12 8H30q-8 0-12-8z" fill="#c3cbd8"/><path d="M6 148h188v9H6z" fill="#e3e8ef"/><path d="M74 166h52l5 14H69z" fill="#aab4c4"/>`,
  earbuds: `
    <path d="M34 116h132v42q0 32-32 32H66q-32 0-32-32z" fill="#2b2f3a"/><path d="M34 116h132v14H34z" fill="#454b5a"/><circle cx="100" cy="152" r="5" fill="main"/>
    <g fill="#fff" stroke="#c9d1dd" stroke-width="2"><path d="M52 36q24-14 36 8 6 18-10 26v36q0 6-7 6t-7-6V72Q44 66 46 48q2-8 6-12z"/><path d="M148 36q-24-14-36 8-6 18 10 26v36q0 6 7 6t7-6V72q20-6 18-24-2-8-6-12z"/></g>
    <circle cx="64" cy="52" r="9" fill="main"/><circle cx="136" cy="52" r="9" fill="main"/>
    <path d="M22 40q-8 14 0 28M178 40q8 14 0 28M10 32q-13 22 0 44M190 32q13 22 0 44" stroke="dark" stroke-width="5" stroke-linecap="round" fill="none" opacity=".5"/>`,
  'power-bank': `
    <path d="M118 44V24q0-16 18-16h22q16 0 16 16v46" fill="none" stroke="#4a5163" stroke-width="7"/><rect x="165" y="66" width="18" height="26" rx="4" fill="#4a5163"/>
    <rect x="52" y="40" width="96" height="150" rx="18" fill="#2b2f3a"/><rect x="52" y="40" width="96" height="150" rx="18" fill="main" opacity=".25"/>
    <path d="M108 76l-28 46h18l-6 34 30-48h-19z" fill="main"/><g fill="light"><circle cx="82" cy="172" r="4"/><circle cx="95" cy="172" r="4"/><circle cx="108" cy="172" r="4"/><circle cx="121" cy="172" r="4" opacity=".3"/></g>
    <rect x="109" y="38" width="18" height="8" rx="3" fill="#6f788c"/><rect x="74" y="44" width="20" height="6" rx="3" fill="#11141c"/>`,
  speaker: `
    <rect x="28" y="60" width="144" height="126" rx="26" fill="main"/><path d="M28 150h144v10q0 26-26 26H54q-26 0-26-26z" fill="dark"/>
    <circle cx="100" cy="120" r="44" fill="dark"/><circle cx="100" cy="120" r="34" fill="#2b2f3a"/><circle cx="100" cy="120" r="15" fill="light"/><circle cx="94" cy="114" r="5" fill="#fff" opacity=".8"/>
    <path d="M150 70q20-24 34-6" fill="none" stroke="dark" stroke-width="7" stroke-linecap="round"/>
    <path d="M60 44V18l26-6v24" fill="none" stroke="dark" stroke-width="5"/><ellipse cx="53" cy="45" rx="8" ry="6" fill="dark"/><ellipse cx="79" cy="38" rx="8" ry="6" fill="dark"/>`,
  headphones: `
    <path d="M30 122V98q0-74 70-74t70 74v24" fill="none" stroke="dark" stroke-width="14"/><path d="M42 96q0-60 58-60t58 60" fill="none" stroke="light" stroke-width="5"/>
    <rect x="14" y="106" width="44" height="76" rx="20" fill="main"/><rect x="142" y="106" width="44" height="76" rx="20" fill="main"/>
    <rect x="48" y="112" width="20" height="64" rx="10" fill="#2b2f3a"/><rect x="132" y="112" width="20" height="64" rx="10" fill="#2b2f3a"/><path d="M25 126v34M175 126v34" stroke="light" stroke-width="6" stroke-linecap="round"/>`,
  router: `
    <path d="M42 132L30 40M158 132l12-92" stroke="#3a3f4e" stroke-width="10" stroke-linecap="round"/>
    <path d="M22 128h156l14 44q2 16-14 16H22q-16 0-14-16z" fill="#fff"/><path d="M8 170h184q2 18-14 18H22q-16 0-14-18z" fill="#d5dce6"/>
    <g fill="main"><circle cx="70" cy="152" r="5"/><circle cx="90" cy="152" r="5"/><circle cx="110" cy="152" r="5"/></g><circle cx="130" cy="152" r="5" fill="#f5a524"/>
    <g fill="none" stroke="main" stroke-width="8" stroke-linecap="round"><path d="M84 98q16-16 32 0"/><path d="M70 82q30-30 60 0"/><path d="M56 66q44-44 88 0"/></g><circle cx="100" cy="112" r="6" fill="main"/>`,
  camera: `
    <path d="M62 60l12-22h52l12 22z" fill="#3a3f4e"/><rect x="10" y="58" width="180" height="130" rx="18" fill="#2b2f3a"/><rect x="10" y="84" width="180" height="72" fill="main"/>
    <rect x="26" y="48" width="26" height="12" rx="4" fill="#aab4c4"/><circle cx="100" cy="122" r="52" fill="#11141c"/><circle cx="100" cy="122" r="42" fill="#3a3f4e"/><circle cx="100" cy="122" r="31" fill="#20406e"/><circle cx="100" cy="122" r="18" fill="#11243f"/>
    <circle cx="88" cy="108" r="8" fill="#fff" opacity=".75"/><rect x="150" y="68" width="26" height="10" rx="4" fill="light"/><circle cx="32" cy="72" r="5" fill="#e5484d"/>`,
  cable: `
    <path d="M100 176c-90 0-90-120 0-120s80 96 0 96-60-70 0-70 46 52 8 52" fill="none" stroke="main" stroke-width="9"/>
    <path d="M100 176c-90 0-90-120 0-120s80 96 0 96-60-70 0-70 46 52 8 52" fill="none" stroke="dark" stroke-width="9" stroke-dasharray="3 6"/>
    <rect x="96" y="164" width="46" height="24" rx="6" fill="#2b2f3a"/><rect x="140" y="169" width="28" height="14" rx="6" fill="#b9c2cf"/><rect x="78" y="122" width="32" height="22" rx="6" fill="#2b2f3a"/><rect x="58" y="126" width="24" height="14" rx="6" fill="#b9c2cf"/>
    <path d="M152 20l-22 32h16l-8 26 26-36h-17z" fill="main"/>`,
}
