export const phoneDrawings = {
  phone: `
    <g transform="rotate(-9 80 110)"><rect x="34" y="22" width="80" height="158" rx="15" fill="main"/>
    <circle cx="53" cy="43" r="9" fill="dark"/><circle cx="53" cy="66" r="9" fill="dark"/><circle cx="53" cy="43" r="4" fill="#fff" opacity=".5"/><circle cx="53" cy="66" r="4" fill="#fff" opacity=".5"/><circle cx="72" cy="43" r="4" fill="light"/></g>
    <rect x="84" y="28" width="84" height="162" rx="15" fill="#232734"/><rect x="89" y="33" width="74" height="152" rx="11" fill="light"/>
    <path d="M89 130q18-40 37-16t37-22v82q0 11-11 11h-52q-11 0-11-11z" fill="main"/><path d="M89 158q30-30 74-6v22q0 11-11 11h-52q-11 0-11-11z" fill="dark"/>
    <circle cx="142" cy="72" r="13" fill="#fff" opacity=".85"/><circle cx="126" cy="42" r="3.5" fill="#232734"/>`,
  'phone-pen': `
    <rect x="42" y="14" width="92" height="176" rx="8" fill="#232734"/><rect x="47" y="19" width="82" height="166" rx="5" fill="light"/>
    <path d="M47 120l30-34 22 24 30-38v108q0 5-5 5H52q-5 0-5-5z" fill="main"/><path d="M47 160l40-36 42 32v24q0 5-5 5H52q-5 0-5-5z" fill="dark"/>
    <circle cx="106" cy="56" r="14" fill="#fff" opacity=".85"/><circle cx="88" cy="28" r="3.5" fill="#232734"/>
    <g transform="rotate(14 156 110)"><rect x="150" y="40" width="13" height="122" rx="5" fill="dark"/><rect x="150" y="40" width="13" height="16" rx="5" fill="light"/><path d="M150 160h13l-6.5 24z" fill="#232734"/><rect x="154" y="70" width="5" height="26" rx="2.5" fill="light"/></g>`,
  'phone-square': `
    <g transform="rotate(-7 84 110)"><rect x="32" y="20" width="86" height="166" rx="19" fill="main"/><rect x="32" y="20" width="86" height="166" rx="19" fill="none" stroke="dark" stroke-width="3"/>
    <rect x="39" y="28" width="48" height="50" rx="14" fill="light"/><circle cx="52" cy="42" r="9" fill="#2b2f3a"/><circle cx="52" cy="64" r="9" fill="#2b2f3a"/><circle cx="74" cy="53" r="9" fill="#2b2f3a"/><circle cx="50" cy="40" r="3" fill="#8fa6c9"/><circle cx="50" cy="62" r="3" fill="#8fa6c9"/><circle cx="72" cy="51" r="3" fill="#8fa6c9"/></g>
    <g transform="rotate(5 130 110)"><rect x="92" y="26" width="82" height="162" rx="18" fill="#2b2f3a"/><rect x="97" y="31" width="72" height="152" rx="14" fill="light"/>
    <path d="M97 150q36-90 72-60v79q0 14-14 14h-44q-14 0-14-14z" fill="main"/><path d="M97 168q44-44 72-34v35q0 14-14 14h-44q-10 0-14-8z" fill="dark"/><rect x="119" y="38" width="28" height="8" rx="4" fill="#2b2f3a"/></g>`,
  'phone-keys': `
    <rect x="60" y="10" width="80" height="180" rx="18" fill="main"/><rect x="60" y="150" width="80" height="40" rx="18" fill="dark" opacity=".35"/>
    <rect x="69" y="26" width="62" height="58" rx="6" fill="#232734"/><rect x="73" y="30" width="54" height="50" rx="3" fill="#d7f5c8"/>
    <path d="M79 40h24M79 50h36M79 60h30" stroke="#3c7a3c" stroke-width="4" stroke-linecap="round"/><rect x="86" y="15" width="28" height="5" rx="2.5" fill="dark"/>
    <rect x="82" y="91" width="36" height="16" rx="8" fill="light"/><path d="M66 93h11M123 93h11" stroke="#fff" stroke-width="5" stroke-linecap="round"/>
    <g fill="#fff"><rect x="69" y="114" width="17" height="12" rx="5"/><rect x="91.5" y="114" width="17" height="12" rx="5"/><rect x="114" y="114" width="17" height="12" rx="5"/><rect x="69" y="132" width="17" height="12" rx="5"/><rect x="91.5" y="132" width="17" height="12" rx="5"/><rect x="114" y="132" width="17" height="12" rx="5"/><rect x="69" y="150" width="17" height="12" rx="5"/><rect x="91.5" y="150" width="17" height="12" rx="5"/><rect x="114" y="150" width="17" height="12" rx="5"/></g>`,
  tablet: `
    <rect x="32" y="6" width="136" height="184" rx="15" fill="#232734"/><rect x="42" y="18" width="116" height="160" rx="7" fill="light"/><path d="M42 128l34-36 28 28 22-20 32 30v41q0 7-7 7H49q-7 0-7-7z" fill="main"/><path d="M42 150q50-26 116-4v25q0 7-7 7H49q-7 0-7-7z" fill="dark"/>
    <g><rect x="54" y="32" width="24" height="24" rx="7" fill="#fff"/><rect x="88" y="32" width="24" height="24" rx="7" fill="#ffb52e"/><rect x="122" y="32" width="24" height="24" rx="7" fill="#2fae6b"/><rect x="54" y="64" width="24" height="24" rx="7" fill="#ec5f99"/><rect x="88" y="64" width="24" height="24" rx="7" fill="#3f7cf4"/></g><path d="M82 168h36" stroke="#fff" stroke-width="5" stroke-linecap="round"/><circle cx="100" cy="12" r="2.5" fill="#7d879a"/>`,
}
